import { readFile } from 'node:fs/promises';
import { PycontainerError, systemCode } from '../errors.ts';
import { serverName, type Credential } from './credential.ts';

/**
 * Docker's `config.json` or Podman's `auth.json`, as far as it is about credentials.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export interface CredentialFile {
  readonly path: string;
  /** By host, or by host and namespace. */
  readonly auths: ReadonlyMap<string, Credential>;
  /** By host: the suffix of a helper program's name. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every other host. */
  readonly store?: string;
}

/** Undefined when there is no such file. @throws PycontainerError 'credentials-invalid' */
export async function readCredentialFile(path: string): Promise<CredentialFile | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw new PycontainerError('credentials-invalid', `${path} cannot be read`, {
      hint: 'Check who may read it.',
      cause: error,
    });
  });
  return text === undefined ? undefined : parseCredentialFile(text, path);
}

/** Reads the file's text; an empty one (Podman makes such) holds nothing. @throws PycontainerError 'credentials-invalid' */
export function parseCredentialFile(text: string, path: string): CredentialFile {
  const file = asObject(parseJson(text.trim() === '' ? '{}' : text, path));
  const auths = new Map<string, Credential>();
  for (const [key, entry] of Object.entries(asObject(file['auths']))) {
    const credential = credentialOf(asObject(entry), key, path);
    if (credential !== undefined) auths.set(normalizeKey(key), credential);
  }
  const helpers = Object.entries(asObject(file['credHelpers'])).flatMap(([key, helper]) =>
    typeof helper === 'string' && helper !== '' ? [[normalizeKey(key), helper] as const] : [],
  );
  const store = file['credsStore'];
  return { path, auths, helpers: new Map(helpers), ...(typeof store === 'string' && store !== '' ? { store } : {}) };
}

/** The keys that a repository may stand under, the narrowest first: `host/a/b`, `host/a`, `host`. */
export function keysOf(host: string, repository: string): readonly string[] {
  const parts = repository.split('/');
  const narrow = parts.map((_, index) => [host, ...parts.slice(0, parts.length - index)].join('/'));
  return [...narrow, host];
}

function normalizeKey(key: string): string {
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
    hint: `Log in again: \`docker login ${key}\` or \`podman login ${key}\`.`,
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

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
