import { isIPv4 } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { asHttpError, asRequestError, isTransient } from './http/failure.ts';
import { asResponse, maxDrainedBytes, type HttpResponse } from './http/response.ts';
import { makeDispatcher } from './http/dispatcher.ts';
import { isInNetwork } from './http/past-proxy.ts';
import { certificatesFor } from './http/trust.ts';
import { PycontainerError } from './errors.ts';

/** HTTP as everything here speaks it. Redirects, retries, proxies and trust are dealt with below this door. */
export interface Http {
  /**
   * Answers with the response as soon as its headers are there, whatever its status. The body must be read, or
   * given up with {@link HttpResponse.drain}, or its connection stays taken.
   * @throws PycontainerError 'network', 'tls', or 'interrupted' when the signal fired; the body's stream fails alike
   */
  request(url: string, options?: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream can be sent once: neither retried nor redirected. A function makes it anew each time. */
  readonly body?: Uint8Array | string | Readable | (() => Readable) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Try again after a broken connection or an answer that says "later". Default: for GET and HEAD. */
  readonly retry?: boolean | undefined;
  /** Default `follow`, at most ten in a row. `authorization` and `cookie` stay with the origin they were given for. */
  readonly redirect?: 'follow' | 'manual' | undefined;
  /** How long the answer's first byte may take after the last byte sent. */
  readonly headersTimeoutMs?: number | undefined;
}

export type { HttpResponse };

/** What is trusted of one host; `registries` of the settings has this shape. */
export interface HostTrust {
  /** Any certificate is taken, and redirects may lead here over plain HTTP. */
  readonly insecure?: boolean;
  /** Absolute path of a PEM file, trusted besides the system's. */
  readonly ca?: string;
}

export interface HttpSettings {
  /** Default: the process's. Read: HTTP_PROXY, HTTPS_PROXY, NO_PROXY (also in lower case), SSL_CERT_FILE. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By `host` or `host:port` as in a URL, or `*.domain`. */
  readonly hosts?: ReadonlyMap<string, HostTrust>;
  /** Folders with one per host, of its authorities and client certificates, the nearest first: `certificateFolders`. */
  readonly certificates?: readonly string[];
  /** Everything goes to this Unix socket; the host of a URL is then only a header. */
  readonly socketPath?: string;
  readonly userAgent?: string;
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  /** How long a body may stand still, or come in drops; 0: for ever. */
  readonly stallTimeoutMs?: number;
  /** Tries in all. */
  readonly attempts?: number;
  /** A host that asks to wait longer is not waited for: its answer is given to the caller. */
  readonly longestWaitMs?: number;
  readonly sleep?: (durationMs: number, signal?: AbortSignal) => Promise<void>;
}

type Settings = Required<Omit<HttpSettings, 'socketPath'>> & Pick<HttpSettings, 'socketPath'>;

const maxRedirects = 10;

/** Makes the door to the network. Nothing is loaded or connected before the first request. */
export function createHttp(settings: HttpSettings = {}): Http {
  return new UndiciHttp({
    env: process.env,
    hosts: new Map(),
    certificates: [],
    userAgent: 'pycontainer',
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 60_000,
    stallTimeoutMs: 30_000,
    attempts: 4,
    longestWaitMs: 60_000,
    sleep: async (durationMs, signal) => delay(durationMs, undefined, signal === undefined ? {} : { signal }),
    ...settings,
  });
}

/** Whether a URL's host name (IPv6 in brackets) means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

class UndiciHttp implements Http {
  readonly #settings: Settings;
  readonly #dispatchers = new Map<string, Promise<Dispatcher>>();
  /** By `host:port`. */
  readonly #certificates = new Map<string, string>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async request(url: string, options: HttpRequest = {}): Promise<HttpResponse> {
    let step: Step = {
      url: parseUrl(url),
      method: options.method ?? 'GET',
      headers: options.headers ?? {},
      body: options.body,
    };
    for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
      const answer = await this.#tryAll(step, options);
      const next = options.redirect === 'manual' ? undefined : this.#redirected(step, answer);
      if (next === undefined) return asResponse(answer, step.url, this.#settings.stallTimeoutMs, options.signal);
      await discard(answer);
      step = next;
    }
    throw new PycontainerError('network', `${parseUrl(url).host} redirects in a circle`, {
      hint: `More than ${maxRedirects} redirects in a row were followed, the last to ${step.url.host}.`,
    });
  }

  async close(): Promise<void> {
    const dispatchers = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    for (const dispatcher of await Promise.allSettled(dispatchers)) {
      if (dispatcher.status === 'fulfilled') await dispatcher.value.destroy();
    }
  }

  async #tryAll(step: Step, options: HttpRequest): Promise<Answer> {
    const { attempts, longestWaitMs, sleep } = this.#settings;
    const wanted = options.retry ?? (step.method === 'GET' || step.method === 'HEAD');
    const tries = wanted && !isStream(step.body) ? attempts : 1;
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= tries;
      const outcome = await this.#try(step, options).catch((error: unknown) => {
        if (last || options.signal?.aborted === true || !isTransient(error)) {
          throw asRequestError(error, step.url, options.signal);
        }
        return undefined;
      });
      if (outcome !== undefined && (last || !isLater(outcome.statusCode))) return outcome;
      const waitMs = waitBefore(attempt, outcome);
      if (outcome !== undefined && waitMs > longestWaitMs) return outcome;
      if (outcome !== undefined) await discard(outcome);
      await sleep(waitMs, options.signal).catch((error: unknown) => {
        throw asHttpError(error, step.url, options.signal);
      });
    }
  }

  async #try({ url, method, headers, body }: Step, options: HttpRequest): Promise<Answer> {
    const dispatcher = await this.#dispatcher(url);
    return dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { 'user-agent': this.#settings.userAgent, ...headers },
      body: typeof body === 'function' ? body() : (body ?? null),
      signal: options.signal ?? null,
      ...(options.headersTimeoutMs === undefined ? {} : { headersTimeout: options.headersTimeoutMs }),
    });
  }

  #redirected({ url, method, headers, body }: Step, answer: Answer): Step | undefined {
    const location = answer.headers['location'];
    if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== 'string') return undefined;
    const target = parseUrl(location, url);
    target.username = '';
    target.password = '';
    if (url.protocol === 'https:' && target.protocol === 'http:' && !this.#mayBePlain(target)) {
      throw new PycontainerError('network', `${url.host} redirects from HTTPS to plain HTTP at ${target.host}`, {
        hint: 'This is refused: what comes back could not be trusted.',
      });
    }
    const kept = target.origin === url.origin ? headers : without(headers, ['authorization', 'cookie']);
    const asGet = answer.statusCode === 303 || (answer.statusCode < 303 && method === 'POST');
    if (asGet && method !== 'HEAD') {
      return {
        url: target,
        method: 'GET',
        headers: without(kept, ['content-type', 'content-length']),
        body: undefined,
      };
    }
    if (isStream(body)) {
      throw new PycontainerError(
        'network',
        `${url.host} redirects an upload to ${target.host} that is already under way`,
      );
    }
    return { url: target, method, headers: kept, body };
  }

  #mayBePlain(target: URL): boolean {
    return isLoopback(target.hostname) || this.#trust(target).insecure === true;
  }

  #trust(url: URL): HostTrust {
    const { hosts } = this.#settings;
    const below = (key: string): boolean => key.startsWith('*.') && url.hostname.endsWith(key.slice(1));
    const nearest = [...hosts.keys()].filter(below).toSorted((a, b) => b.length - a.length)[0] ?? '';
    return hosts.get(url.host) ?? hosts.get(url.hostname) ?? hosts.get(nearest) ?? {};
  }

  #certificatesFor(url: URL): string {
    const folder = this.#certificates.get(url.host) ?? certificatesFor(url, this.#settings.certificates);
    this.#certificates.set(url.host, folder);
    return folder;
  }

  async #dispatcher(url: URL): Promise<Dispatcher> {
    const { insecure = false, ca = '' } = this.#trust(url);
    const { env, socketPath } = this.#settings;
    const direct =
      isLoopback(url.hostname) ||
      socketPath !== undefined ||
      isInNetwork(url.hostname, env['no_proxy'] ?? env['NO_PROXY'] ?? '');
    const secure = url.protocol === 'https:';
    const certificates = secure ? this.#certificatesFor(url) : '';
    const key = [direct, secure, insecure, ca, certificates].join(' ');
    const known = this.#dispatchers.get(key);
    if (known !== undefined) return known;
    const dispatcher = makeDispatcher({ ...this.#settings, direct, secure, insecure, ca, certificates });
    this.#dispatchers.set(key, dispatcher);
    dispatcher.catch(() => this.#dispatchers.delete(key));
    return dispatcher;
  }
}

type Answer = Dispatcher.ResponseData;

interface Step {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpRequest['body'];
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  const from = base === undefined ? 'A request' : `${base.host} redirects`;
  throw new PycontainerError('network', `${from} to '${text.slice(0, 100)}', which is no HTTP address`);
}

function isStream(body: HttpRequest['body']): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}

function without(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}

function isLater(status: number): boolean {
  return [408, 425, 429, 500, 502, 503, 504].includes(status);
}

/** Retry-After when the host says so; else 0.2 s, doubled each time. */
function waitBefore(attempt: number, answer: Answer | undefined): number {
  return retryAfterMs(answer?.headers['retry-after']) ?? 200 * 2 ** (attempt - 1);
}

/** Reads a Retry-After header: seconds or an HTTP date. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number = Date.now()): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

async function discard(answer: Answer): Promise<void> {
  await answer.body.dump({ limit: maxDrainedBytes }).catch(() => undefined);
}
