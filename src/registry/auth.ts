import type { Http } from '../http.ts';
import { chooseChallenge, parseChallenges, type Challenge } from './challenge.ts';
import type { Credential, CredentialSource } from './credential.ts';
import type { Endpoint } from './endpoints.ts';
import { basic, fetchToken, type Token } from './token.ts';
import type { RegistryRules, Repository } from './rules.ts';

export interface AuthorizerOptions {
  readonly http: Http;
  readonly rules: RegistryRules;
  readonly credentials: CredentialSource;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface KeptToken {
  readonly token: Promise<Token>;
  readonly askedAtMs: number;
}

/** Makes Authorization headers: what a host asks for, tokens kept for each set of scopes until they run out. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #challenges = new Map<string, Challenge>();
  readonly #tokens = new Map<string, KeptToken>();
  /** Scopes that a host named for a set of ours. */
  readonly #widened = new Map<string, readonly string[]>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Undefined when the host asks for nothing, or nothing is stored for it. */
  async header(endpoint: Endpoint, repository: Repository, scopes: readonly string[]): Promise<string | undefined> {
    const challenge = this.#challenges.get(repository.host) ?? chooseChallenge(endpoint.challenges);
    if (challenge === undefined) return undefined;
    const credential = await this.credential(repository);
    if (credential?.kind === 'registry-token') return `Bearer ${credential.token}`;
    if (challenge.scheme === 'basic') return credential?.kind === 'password' ? basic(credential) : undefined;
    return `Bearer ${await this.#token(repository, scopes, challenge, credential)}`;
  }

  /** Takes a 401 in: what was sent is not sent again. False when nothing else can be sent. */
  renew(
    repository: Repository,
    scopes: readonly string[],
    header: string | undefined,
    sent: string | undefined,
  ): boolean {
    const challenge = chooseChallenge(parseChallenges(header));
    if (challenge === undefined) return false;
    this.#challenges.set(repository.host, challenge);
    if (challenge.scheme === 'basic') return sent === undefined;
    const key = tokenKey(repository, scopes);
    const named = challenge.parameters['scope']?.split(' ').filter((scope) => scope !== '' && !scopes.includes(scope));
    if (named !== undefined && named.length > 0) this.#widened.set(key, [...scopes, ...named]);
    this.#tokens.delete(key);
    return true;
  }

  async credential({ host, repository }: Repository): Promise<Credential | undefined> {
    return this.#options.credentials.find(host, repository);
  }

  async #token(
    repository: Repository,
    scopes: readonly string[],
    challenge: Challenge,
    credential: Credential | undefined,
  ): Promise<string> {
    const key = tokenKey(repository, scopes);
    const now = this.#options.now();
    const kept = this.#tokens.get(key);
    if (kept !== undefined) {
      const { token, lifetimeMs } = await kept.token;
      const marginMs = Math.min(10_000, lifetimeMs / 10);
      if (now < kept.askedAtMs + lifetimeMs - marginMs) return token;
    }
    const asked = this.#widened.get(key) ?? scopes;
    const request = { host: repository.host, challenge, scopes: asked, credential };
    const fresh = fetchToken(this.#options.http, this.#options.rules, request);
    this.#tokens.set(key, { token: fresh, askedAtMs: now });
    try {
      return (await fresh).token;
    } catch (error) {
      this.#tokens.delete(key);
      throw error;
    }
  }
}

function tokenKey({ host, repository }: Repository, scopes: readonly string[]): string {
  return JSON.stringify([host, repository, ...scopes]);
}
