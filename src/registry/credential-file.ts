import { readFile } from 'node:fs/promises';
import { PycontainerError, systemCode } from '../errors.ts';
import { serverName, type Credential } from './credential.ts';

/**
 * Docker's `config.json` or Podman's `auth.json`, as far as it is about credentials.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export interface CredentialFile {
  readonly path: string;
  /** All keys that have something, logins that a helper keeps among them. */
  readonly named: readonly string[];
  /** By host, or by host and namespace. */
  readonly auths: ReadonlyMap<string, Credential>;
  /** By host: the suffix of a helper program's name. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every other host. */
  readonly store?: string;
}

/** Undefined when there is no such file. @throws PycontainerError 'credentials-invalid' */
export async function readCredentialFile(path: string): Promise<CredentialFile | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : parseCredentialFile(text, path);
}

/** All that the file holds, to be written back; nothing when there is none. @throws PycontainerError 'credentials-invalid' */
export async function readWholeFile(path: string): Promise<Record<string, unknown>> {
  const value = parseJson((await textOf(path))?.trim() || '{}', path);
  if (isObject(value)) return value;
  throw new PycontainerError('credentials-invalid', `${path} is not a JSON object`, { hint: 'Mend it, or remove it.' });
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw new PycontainerError('credentials-invalid', `${path} cannot be read`, {
      hint: 'Check who may read it.',
      cause: error,
    });
  });
}

/** Reads the file's text; an empty one (Podman makes such) holds nothing. @throws PycontainerError 'credentials-invalid' */
export function parseCredentialFile(text: string, path: string): CredentialFile {
  const file = asObject(parseJson(text.trim() === '' ? '{}' : text, path));
  const auths = new Map<string, Credential>();
  const entries = Object.entries(asObject(file['auths']));
  for (const [key, entry] of entries) {
    const credential = credentialOf(asObject(entry), key, path);
    if (credential !== undefined) auths.set(normalizeKey(key), credential);
  }
  const helpers = helpersIn(file);
  const named = [...entries.map(([key]) => normalizeKey(key)), ...helpers.helpers.keys()];
  return { path, named, auths, ...helpers };
}

/** The helper programs that a file names. */
export function helpersIn(file: Record<string, unknown>): Pick<CredentialFile, 'helpers' | 'store'> {
  const helpers = Object.entries(asObject(file['credHelpers'])).flatMap(([key, helper]) =>
    isText(helper) ? [[normalizeKey(key), helper] as const] : [],
  );
  const store = file['credsStore'];
  return { helpers: new Map(helpers), ...(isText(store) ? { store } : {}) };
}

/** The keys that a repository may stand under, the narrowest first: `host/a/b`, `host/a`, `host`. */
export function keysOf(host: string, repository: string): readonly string[] {
  const parts = repository === '' ? [] : repository.split('/');
  const narrow = parts.map((_, index) => [host, ...parts.slice(0, parts.length - index)].join('/'));
  return [...narrow, host];
}

/** What a key of such a file means: a host, or a host with a namespace. */
export function normalizeKey(key: string): string {
  const scheme = /^https?:\/\//.exec(key)?.[0];
  const bare = key.slice(scheme?.length ?? 0).replace(/\/(?:v[12]\/?)?$/, '');
  const [host = '', ...path] = bare.split('/');
  const known = key === serverName('docker.io') || host === 'index.docker.io' || host === 'registry-1.docker.io';
  const name = known ? 'docker.io' : host.toLowerCase();
  return scheme === undefined ? [name, ...path].join('/') : name;
}

function credentialOf(entry: Record<string, unknown>, key: string, path: string): Credential | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (isText(registrytoken)) return { kind: 'registry-token', token: registrytoken };
  if (isText(identitytoken)) return { kind: 'identity-token', token: identitytoken };
  if (isText(username) && isText(password)) return { kind: 'password', username, password };
  if (!isText(auth)) return undefined;
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon > 0) return { kind: 'password', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  throw new PycontainerError('credentials-invalid', `The login for ${key} in ${path} cannot be read`, {
    hint: `Log in again: \`pycontainer login ${normalizeKey(key)}\`.`,
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Leaves the parser's message out: it quotes the text, and the text holds secrets. */
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PycontainerError('credentials-invalid', `${path} is not valid JSON`, {
      hint: 'Mend it, or log in again.',
    });
  }
}

export function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
