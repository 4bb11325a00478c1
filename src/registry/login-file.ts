import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PycontainerError, systemCode } from '../errors.ts';
import { askHelper, eraseFromHelper, storeInHelper, type HelperFailure } from './credential-helper.ts';
import { serverName, type Login } from './credential.ts';
import { asObject, helpersIn, normalizeKey, readWholeFile } from './credential-file.ts';

export interface LoginPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home, absolute. */
  readonly home: string;
}

export interface KeptLogin {
  readonly file: string;
  /** The program that has the password; absent: the file has it, readable for its owner. */
  readonly program?: string;
}

/** The file that logins are written to: `REGISTRY_AUTH_FILE`, else Docker's `config.json`. */
export function loginFile({ env, home }: LoginPlaces): string {
  return env['REGISTRY_AUTH_FILE'] || join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json');
}

/**
 * Keeps a login for a host, in the place of any that it has there: with the helper program that the file names for it,
 * else in the file itself. What else the file holds stays. Idempotent.
 * @throws PycontainerError 'login-unsaved', 'credentials-invalid'
 */
export async function saveLogin(host: string, login: Login, places: LoginPlaces): Promise<KeptLogin> {
  const path = loginFile(places);
  const file = await readWholeFile(path);
  const helper = helperFor(host, file);
  if (helper !== undefined) refuse(helper, path, await storeInHelper(helper, serverName(host), login, places.env));
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const entry = helper === undefined ? { auth } : {};
  const auths = { ...Object.fromEntries(otherEntries(host, file)), [serverName(host)]: entry };
  await replaceFile(path, { ...file, auths });
  return { file: path, ...(helper === undefined ? {} : { program: `docker-credential-${helper}` }) };
}

/**
 * Forgets what was kept for a host, in the file and with its helper program.
 * @returns whether there was something
 * @throws PycontainerError 'login-unsaved', 'credentials-invalid'
 */
export async function removeLogin(host: string, places: LoginPlaces): Promise<boolean> {
  const path = loginFile(places);
  const file = await readWholeFile(path);
  const others = otherEntries(host, file);
  const wasInFile = others.length < Object.keys(asObject(file['auths'])).length;
  if (wasInFile) await replaceFile(path, { ...file, auths: Object.fromEntries(others) });
  const helper = helperFor(host, file);
  if (helper === undefined) return wasInFile;
  const server = serverName(host);
  const known = await askHelper(helper, server, places.env);
  refuse(helper, path, known.kind === 'found' ? await eraseFromHelper(helper, server, places.env) : known);
  return wasInFile || known.kind === 'found';
}

function helperFor(host: string, file: Record<string, unknown>): string | undefined {
  const { helpers, store } = helpersIn(file);
  return helpers.get(host) ?? store;
}

/** What the file has for other hosts; one host may stand there in several spellings. */
function otherEntries(host: string, file: Record<string, unknown>): [string, unknown][] {
  return Object.entries(asObject(file['auths'])).filter(([key]) => normalizeKey(key) !== host);
}

function refuse(helper: string, file: string, answer: HelperFailure | { readonly kind: 'none' } | undefined): void {
  if (answer === undefined || answer.kind === 'none') return;
  const program = `docker-credential-${helper}`;
  throw new PycontainerError(
    'login-unsaved',
    answer.kind === 'missing'
      ? `${program}, which ${file} names, is not in PATH`
      : `${program}, which ${file} names, failed: ${answer.message}`,
    { hint: `Install or mend it, or take it out of ${file}: then logins stand in that file.` },
  );
}

/** In one step, readable for its owner alone, who stays the same; where the file is a link, what it leads to. */
async function replaceFile(path: string, content: Record<string, unknown>): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const temporary = `${place}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    await using file = await open(temporary, 'wx', 0o600);
    const before = await stat(place).catch(() => undefined);
    if (before !== undefined) await file.chown(before.uid, before.gid).catch(() => undefined);
    await file.writeFile(`${JSON.stringify(content, undefined, '\t')}\n`);
    await file.sync();
    await rename(temporary, place);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new PycontainerError(
      'login-unsaved',
      `${path} cannot be written (${systemCode(cause) ?? 'unknown reason'})`,
      {
        hint: 'Check who may write to it and to its folder, or name another folder in DOCKER_CONFIG.',
        cause,
      },
    );
  }
}
