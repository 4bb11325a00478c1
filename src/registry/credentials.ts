import { join } from 'node:path';
import type { Emit } from '../events.ts';
import { PycontainerError } from '../errors.ts';
import { askHelper } from './credential-helper.ts';
import { environmentPrefix, serverName, type Credential, type CredentialSource } from './credential.ts';
import { keysOf, parseCredentialFile, readCredentialFile, type CredentialFile } from './credential-file.ts';

export interface CredentialPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home, absolute. */
  readonly home: string;
  readonly emit: Emit;
}

/**
 * Looks in this order: the variables `PYCONTAINER_AUTH_<HOST>_USERNAME` and `_PASSWORD`; the text in
 * `DOCKER_AUTH_CONFIG`; the file in `REGISTRY_AUTH_FILE`; Docker's `config.json` in `$DOCKER_CONFIG` or `~/.docker`;
 * Podman's `auth.json` in `$XDG_RUNTIME_DIR/containers` and in `$XDG_CONFIG_HOME/containers`. Files are read once; a
 * helper that is missing or fails becomes a warning, and the search goes on.
 */
export function storedCredentials(places: CredentialPlaces): StoredCredentials {
  return new FoundOnce(places);
}

export interface StoredCredentials extends CredentialSource {
  /** What holds for a host as a whole, and where it stands. */
  locate(host: string): Promise<FoundCredential | undefined>;
}

export interface FoundCredential {
  readonly credential: Credential;
  /** The name of a variable, the path of a file, or `docker-credential-NAME`. */
  readonly from: string;
}

class FoundOnce implements StoredCredentials {
  readonly #places: CredentialPlaces;
  readonly #found = new Map<string, Promise<FoundCredential | undefined>>();
  readonly #warned = new Set<string>();
  #files: Promise<readonly CredentialFile[]> | undefined;

  constructor(places: CredentialPlaces) {
    this.#places = places;
  }

  async find(host: string, repository: string): Promise<Credential | undefined> {
    const key = `${host}/${repository}`;
    const found = this.#found.get(key) ?? this.#search(host, repository);
    this.#found.set(key, found);
    return (await found)?.credential;
  }

  async locate(host: string): Promise<FoundCredential | undefined> {
    return this.#search(host, '');
  }

  async #search(host: string, repository: string): Promise<FoundCredential | undefined> {
    const named = fromEnvironment(host, this.#places.env);
    if (named !== undefined) return { credential: named, from: `${environmentPrefix(host)}_PASSWORD` };
    this.#files ??= readCredentialFiles(this.#places);
    for (const file of await this.#files) {
      const found = await this.#searchFile(file, host, repository);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #searchFile(file: CredentialFile, host: string, repository: string): Promise<FoundCredential | undefined> {
    for (const key of keysOf(host, repository)) {
      const helper = file.helpers.get(key) ?? (key === host ? file.store : undefined);
      const told =
        helper === undefined ? undefined : await this.#ask(helper, key === host ? serverName(host) : key, file);
      if (told !== undefined) return { credential: told, from: `docker-credential-${helper}` };
      const credential = file.auths.get(key);
      if (credential !== undefined) return { credential, from: file.path };
    }
    return undefined;
  }

  async #ask(helper: string, server: string, file: CredentialFile): Promise<Credential | undefined> {
    const answer = await askHelper(helper, server, this.#places.env);
    if (answer.kind === 'found') return answer.credential;
    if (answer.kind === 'none' || this.#warned.has(helper)) return undefined;
    this.#warned.add(helper);
    const program = `docker-credential-${helper}`;
    this.#places.emit({
      type: 'warning',
      code: answer.kind === 'missing' ? 'credential-helper-missing' : 'credential-helper-failed',
      message:
        answer.kind === 'missing'
          ? `${program}, which ${file.path} names, is not in PATH`
          : `${program} gave no credentials: ${answer.message}`,
      hint: 'Going on without it. Install it, or log in again, if the registry wants a login.',
    });
    return undefined;
  }
}

function fromEnvironment(host: string, env: CredentialPlaces['env']): Credential | undefined {
  const prefix = environmentPrefix(host);
  const username = env[`${prefix}_USERNAME`];
  const password = env[`${prefix}_PASSWORD`];
  if (username === undefined && password === undefined) return undefined;
  if (username !== undefined && password !== undefined) return { kind: 'password', username, password };
  throw new PycontainerError('credentials-invalid', `Only one of ${prefix}_USERNAME and ${prefix}_PASSWORD is set`, {
    hint: 'Set both, or none.',
  });
}

/** The files that are there, in the order in which they are searched. @throws PycontainerError 'credentials-invalid' */
export async function readCredentialFiles({
  env,
  home,
}: Omit<CredentialPlaces, 'emit'>): Promise<readonly CredentialFile[]> {
  const inline = env['DOCKER_AUTH_CONFIG'];
  const runtime = env['XDG_RUNTIME_DIR'];
  const paths = [
    env['REGISTRY_AUTH_FILE'],
    join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json'),
    runtime === undefined ? undefined : join(runtime, 'containers/auth.json'),
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers/auth.json'),
  ];
  const files = await Promise.all(
    paths.map(async (path) => (path === undefined || path === '' ? undefined : readCredentialFile(path))),
  );
  return [
    ...(inline === undefined || inline === '' ? [] : [parseCredentialFile(inline, 'DOCKER_AUTH_CONFIG')]),
    ...files.filter((file) => file !== undefined),
  ];
}
