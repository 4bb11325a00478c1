import type { Http, HttpRequest, HttpResponse } from '../http.ts';
import { PycontainerError } from '../errors.ts';
import { Authorizer } from './auth.ts';
import { Endpoints } from './endpoints.ts';
import { failureFrom, readApiErrors, type ApiError, type Purpose } from './failure.ts';
import type { CredentialSource } from './credential.ts';
import type { RegistryRules, Repository } from './rules.ts';

export interface ApiOptions {
  readonly http: Http;
  readonly rules: RegistryRules;
  readonly credentials: CredentialSource;
  readonly now: () => number;
  readonly sleep: (durationMs: number, signal?: AbortSignal) => Promise<void>;
  /** How long a registry may take to move a blob that was sent to its place. */
  readonly commitTimeoutMs: number;
}

export interface ApiRequest extends HttpRequest {
  /** Below `/v2/<repository>`, or the whole URL that the registry gave. */
  readonly at: string;
  readonly scopes: readonly string[];
}

/** The distribution API of any host: finds it, logs in where asked, and once more when a token has run out. */
export class RegistryApi {
  readonly sleep: ApiOptions['sleep'];
  readonly rules: RegistryRules;
  readonly commitTimeoutMs: number;
  /** The most that a request of an upload may bring, by host; absent: any size is taken. */
  readonly chunkBytes: Map<string, number> = new Map();
  readonly #http: Http;
  readonly #endpoints: Endpoints;
  readonly #authorizer: Authorizer;

  constructor(options: ApiOptions) {
    this.sleep = options.sleep;
    this.rules = options.rules;
    this.commitTimeoutMs = options.commitTimeoutMs;
    this.#http = options.http;
    this.#endpoints = new Endpoints(options.http, options.rules);
    this.#authorizer = new Authorizer(options);
  }

  /**
   * Answers whatever the status. Credentials are sent to the registry's own origin only, and only its own 401 is
   * answered. A body that is a stream cannot be sent twice: then a 401 comes back, and the next request has a new token.
   */
  async send(repository: Repository, { at, scopes, ...request }: ApiRequest): Promise<HttpResponse> {
    const endpoint = await this.#endpoints.find(repository.host);
    const url = at.startsWith('/') ? `${endpoint.origin}/v2/${repository.repository}${at}` : at;
    const isOwn = isOf(endpoint.origin, url);
    for (let last = !isOwn; ; last = true) {
      const sent = isOwn ? await this.#authorizer.header(endpoint, repository, scopes) : undefined;
      const authorization = sent === undefined ? {} : { authorization: sent };
      const response = await this.#http.request(url, { ...request, headers: { ...request.headers, ...authorization } });
      if (response.status !== 401 || !isOf(endpoint.origin, response.url)) return response;
      const again = this.#authorizer.renew(repository, scopes, response.headers['www-authenticate'], sent);
      if (last || !again || isStream(request.body)) return response;
      await response.drain();
    }
  }

  /** Asks an address that is no registry's: without a login, whatever it wants. */
  async outside(url: string, request: HttpRequest): Promise<HttpResponse> {
    return this.#http.request(url, request);
  }

  /** Resolves a Location header; a registry behind a proxy that names itself with `http:` is still asked over HTTPS. */
  async locate(repository: Repository, response: HttpResponse): Promise<string> {
    const location = response.headers['location'];
    if (location === undefined || !URL.canParse(location, response.url)) {
      throw new PycontainerError('registry-answer', `${repository.host} began an upload and does not say where`);
    }
    const url = new URL(location, response.url);
    const { origin } = await this.#endpoints.find(repository.host);
    const own = new URL(origin);
    if (url.hostname === own.hostname && (url.port === own.port || url.port === '')) {
      return `${origin}${url.pathname}${url.search}`;
    }
    return url.href;
  }

  /** Reads a refusal into an error. */
  async failure(repository: Repository, purpose: Omit<Purpose, 'host'>, response: HttpResponse): Promise<Failure> {
    const loggedIn = (await this.#authorizer.credential(repository)) !== undefined;
    const errors = await readApiErrors(response);
    return { errors, error: failureFrom({ ...purpose, host: repository.host, loggedIn }, response, errors) };
  }
}

export interface Failure {
  readonly errors: readonly ApiError[];
  readonly error: PycontainerError;
}

/** The right to read, and with `push` also to write, in one repository. */
export function scopeOf(repository: string, push = false): string {
  return `repository:${repository}:${push ? 'pull,push' : 'pull'}`;
}

function isOf(origin: string, url: string): boolean {
  return new URL(url).origin === origin;
}

function isStream(body: HttpRequest['body']): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}
