import { PycontainerError } from '../errors.ts';
import type { BaseFacts } from '../base/base.ts';
import type { LookedUpUser, NumericUser, User } from '../config/target.ts';
import { type Entry, textFile } from '../layer/entry.ts';

/** Who the container runs as, with the numbers known. */
export interface ResolvedUser {
  /** `uid:gid`, as the image's config holds it. */
  readonly config: string;
  /** passwd and group with the new name in them; empty when the base has it or no name was asked for. */
  readonly entries: readonly Entry[];
}

interface Account {
  readonly name: string;
  readonly id: number;
  /** passwd only. */
  readonly gid: number;
}

/** Throws 'user-unknown' for a name that the base does not have, and for a name that has other numbers there. */
export function resolveUser(user: User, facts: Pick<BaseFacts, 'passwd' | 'group'>): ResolvedUser {
  return 'lookup' in user ? lookUp(user, facts) : withNumbers(user, facts);
}

function lookUp({ lookup }: LookedUpUser, facts: Pick<BaseFacts, 'passwd' | 'group'>): ResolvedUser {
  const account = accountsOf(facts.passwd).find(({ name, id }) => name === lookup.user || id === lookup.user);
  if (account === undefined && typeof lookup.user === 'string') throw unknown('user', lookup.user);
  const uid = account?.id ?? lookup.user;
  return { config: `${uid}:${groupOf(lookup.group, facts.group) ?? account?.gid ?? 0}`, entries: [] };
}

function groupOf(group: string | number | undefined, text: string | undefined): number | undefined {
  if (group === undefined || typeof group === 'number') return group;
  const found = accountsOf(text).find(({ name }) => name === group);
  if (found === undefined) throw unknown('group', group);
  return found.id;
}

function withNumbers(
  { name, uid, gid }: NumericUser,
  { passwd = '', group = '' }: Pick<BaseFacts, 'passwd' | 'group'>,
): ResolvedUser {
  const config = `${uid}:${gid}`;
  if (name === undefined) return { config, entries: [] };
  const account = accountsOf(passwd).find((known) => known.name === name);
  if (account !== undefined && (account.id !== uid || account.gid !== gid)) {
    throw new PycontainerError(
      'user-unknown',
      `The base has a user ${name} already, with ${account.id}:${account.gid}`,
      {
        hint: `Use \`user: ${name}\` to take it as it is, or another name.`,
      },
    );
  }
  const needsGroup = !accountsOf(group).some(({ id, name: known }) => id === gid || known === name);
  return {
    config,
    entries: [
      ...(account === undefined
        ? [textFile('etc/passwd', withLine(passwd, `${name}:x:${uid}:${gid}::/:/sbin/nologin`))]
        : []),
      ...(needsGroup ? [textFile('etc/group', withLine(group, `${name}:x:${gid}:`))] : []),
    ],
  };
}

/** Reads `name:password:id:gid…` lines of passwd or group; lines of another form are passed over, as libc does. */
function accountsOf(text: string | undefined): readonly Account[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [name, , id, gid] = line.split(':');
    if (name === undefined || name === '' || !/^[0-9]+$/.test(id ?? '')) return [];
    return [{ name, id: Number(id), gid: Number(gid ?? 0) }];
  });
}

function withLine(text: string, line: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

function unknown(what: 'user' | 'group', name: string): PycontainerError {
  return new PycontainerError('user-unknown', `The base has no ${what} ${name}`, {
    hint: 'Give numbers ("1000:1000"), or {name, uid, gid}, which is added.',
  });
}
