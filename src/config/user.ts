import type { Owner, User } from './target.ts';

const maxId = 2 ** 32 - 2;
const namePattern = /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/;

export function parseId(text: string): number | undefined {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= maxId ? Number(text) : undefined;
}

export function isUserName(text: string): boolean {
  return namePattern.test(text) && text.length <= 256;
}

/** Reads `UID:GID`, and what the base's passwd and group must complete: `UID`, `NAME`, `NAME:GROUP`. */
export function parseUser(text: string): User | undefined {
  const [userText = '', groupText, ...more] = text.split(':');
  const user = parseIdOrName(userText);
  const group = groupText === undefined ? undefined : parseIdOrName(groupText);
  if (user === undefined || more.length > 0 || (groupText !== undefined && group === undefined)) return undefined;
  if (typeof user === 'number' && typeof group === 'number') return { uid: user, gid: group };
  return { lookup: { user, ...(group === undefined ? {} : { group }) } };
}

/** Reads `UID:GID` or `UID`, whose group has the same number (as COPY --chown has it). */
export function parseOwner(text: string): Owner | undefined {
  const [uidText = '', gidText = uidText, ...more] = text.split(':');
  const uid = parseId(uidText);
  const gid = parseId(gidText);
  return uid === undefined || gid === undefined || more.length > 0 ? undefined : { uid, gid };
}

function parseIdOrName(text: string): number | string | undefined {
  return parseId(text) ?? (isUserName(text) ? text : undefined);
}
