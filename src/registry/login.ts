import type { Http } from '../http.ts';
import { dockerHub, parseReference } from '../oci/reference.ts';
import { PycontainerError } from '../errors.ts';
import { Authorizer } from './auth.ts';
import type { Credential } from './credential.ts';
import { normalizeKey } from './credential-file.ts';
import { Endpoints } from './endpoints.ts';
import { asHint } from './failure.ts';
import type { RegistryRules } from './rules.ts';

export interface LoginDoor {
  readonly http: Http;
  readonly rules: RegistryRules;
}

/**
 * The registry that a command line means: a host, also as a URL or by a name of Docker Hub's own.
 * @throws PycontainerError 'usage' for what is no host, or has a path
 */
export function parseHost(text: string): string {
  const [host = '', ...path] = normalizeKey(text).split('/');
  const right = isHost(host) ? host : undefined;
  if (right !== undefined && path.length === 0) return right;
  throw new PycontainerError('usage', `'${text}' is not a registry's host`, {
    hint: `Logins hold for a host, such as ${right ?? 'ghcr.io'}; Docker Hub's is ${dockerHub}.`,
  });
}

function isHost(text: string): boolean {
  try {
    return parseReference(`${text}/x`).host === text;
  } catch {
    return false;
  }
}

/**
 * Asks a registry whether it takes a login: its own 401 is answered, with a token where it wants one.
 * @returns 'unasked' where it lets everyone in that far, so that nothing can be said about the login; 'wanted' where
 *   there is none and it wants one already at the door
 * @throws PycontainerError 'registry-unauthorized' when it says no, 'registry-answer' when this is no registry
 */
export async function checkLogin(
  host: string,
  credential: Credential | undefined,
  { http, rules }: LoginDoor,
): Promise<'accepted' | 'unasked' | 'wanted'> {
  const endpoint = await new Endpoints(http, rules).find(host);
  const credentials = { find: async () => credential };
  const authorizer = new Authorizer({ http, rules, credentials, now: () => performance.now() });
  const authorization = await authorizer.header(endpoint, { host, repository: '' }, []).catch((error: unknown) => {
    const refused = error instanceof PycontainerError && error.code === 'registry-unauthorized';
    throw refused && credential !== undefined ? notAccepted(host, credential, error) : error;
  });
  const headers = authorization === undefined ? {} : { authorization };
  const response = await http.request(`${endpoint.origin}/v2/`, { headers });
  await response.drain();
  if (response.status === 401 && credential === undefined) return 'wanted';
  if (response.status === 401 && authorization !== undefined) throw notAccepted(host, credential);
  if (response.status === 200) return authorization === undefined ? 'unasked' : 'accepted';
  throw new PycontainerError('registry-answer', `${host} answered ${response.status} when asked to log in`, {
    hint: asHint(response.status),
  });
}

function notAccepted(host: string, credential: Credential | undefined, cause?: unknown): PycontainerError {
  const what = credential?.kind === 'password' ? `this password of ${credential.username}` : 'this token';
  return new PycontainerError('registry-unauthorized', `${host} does not accept ${what}`, {
    hint: 'Many registries want an access token in the place of the password; make one in your account’s settings there.',
    cause,
  });
}
