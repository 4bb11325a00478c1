import { isLoopback, retryAfterMs, type Http, type HttpResponse } from '../http.ts';
import { PycontainerError } from '../errors.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credential.ts';
import { asHint, loginHint, waitText } from './failure.ts';
import { isInsecure, type RegistryRules } from './rules.ts';

export interface Token {
  readonly token: string;
  /** How long it is good for, counted from when it was asked for. */
  readonly lifetimeMs: number;
}

export interface TokenRequest {
  /** The registry that sent us, as a user means it. */
  readonly host: string;
  /** Its bearer challenge. */
  readonly challenge: Challenge;
  /** `repository:NAME:pull,push`, several for a mount. */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
}

/**
 * Asks the token server that a registry named. Credentials go there over HTTPS, or to this machine, or to a host that
 * settings call insecure; else nowhere.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @throws PycontainerError 'registry-unauthorized', 'registry-answer', 'registry-rate-limit'
 */
export async function fetchToken(http: Http, rules: RegistryRules, request: TokenRequest): Promise<Token> {
  const realm = realmOf(request, rules);
  const response =
    request.credential?.kind === 'identity-token'
      ? await askWithRefreshToken(http, realm, request, request.credential.token)
      : await askWithPassword(http, realm, request);
  if (response.status !== 200) throw await refusal(response, realm, request);
  return readToken(await response.text(1024 * 1024), realm);
}

function realmOf({ host, challenge }: TokenRequest, rules: RegistryRules): URL {
  const text = challenge.parameters['realm'] ?? '';
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  const allowed =
    realm?.protocol === 'https:' ||
    (realm?.protocol === 'http:' && (isLoopback(realm.hostname) || isInsecure(rules, realm.host)));
  if (realm !== undefined && allowed) return realm;
  throw new PycontainerError('registry-answer', `${host} wants its tokens fetched from '${text.slice(0, 100)}'`, {
    hint: 'A token server must be asked over HTTPS; a password would be readable on its way otherwise.',
  });
}

async function askWithPassword(http: Http, realm: URL, request: TokenRequest): Promise<HttpResponse> {
  const { challenge, scopes, credential } = request;
  const url = new URL(realm);
  const service = challenge.parameters['service'];
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential?.kind !== 'password') return http.request(url.href);
  url.searchParams.set('account', credential.username);
  return http.request(url.href, { headers: { authorization: basic(credential) } });
}

async function askWithRefreshToken(
  http: Http,
  realm: URL,
  request: TokenRequest,
  token: string,
): Promise<HttpResponse> {
  const { challenge, scopes } = request;
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'pycontainer', refresh_token: token });
  const service = challenge.parameters['service'];
  if (service !== undefined) form.set('service', service);
  form.set('scope', scopes.join(' '));
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return http.request(realm.href, {
    method: 'POST',
    headers,
    body: form.toString(),
    retry: true,
    redirect: 'manual',
  });
}

/** The value of an Authorization header for a name and a password. */
export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function readToken(text: string, realm: URL): Token {
  const answer = parseJson(text);
  const token = answer['token'] ?? answer['access_token'];
  if (typeof token !== 'string' || token === '') {
    throw new PycontainerError('registry-answer', `${realm.host} answered without a token`, {
      hint: asHint(undefined),
    });
  }
  const seconds = answer['expires_in'];
  return { token, lifetimeMs: (typeof seconds === 'number' && seconds > 0 ? seconds : 60) * 1000 };
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

async function refusal(response: HttpResponse, realm: URL, request: TokenRequest): Promise<PycontainerError> {
  const { host, credential } = request;
  await response.drain();
  const { status } = response;
  if (status === 429) {
    const wait = waitText(retryAfterMs(response.headers['retry-after']));
    return new PycontainerError(
      'registry-rate-limit',
      `${realm.host} asks to wait before it gives tokens for ${host}`,
      {
        hint: wait,
      },
    );
  }
  if (status === 401 || status === 403 || (status === 400 && credential !== undefined)) {
    const who = credential === undefined ? 'without a login' : 'with the stored login';
    return new PycontainerError('registry-unauthorized', `${realm.host} gives no token for ${host} ${who}`, {
      hint: loginHint(host),
    });
  }
  return new PycontainerError(
    'registry-answer',
    `${realm.host} answered ${status} when asked for a token for ${host}`,
    {
      hint: asHint(status),
    },
  );
}
