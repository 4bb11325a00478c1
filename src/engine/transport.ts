import { statSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { asResponse } from '../http/response.ts';
import { PycontainerError } from '../errors.ts';
import { type EngineAddress, formatAddress } from './address.ts';
import type { EngineRequest, EngineResponse } from './engine.ts';
import { type EngineExchange, engineExchanges, engineRequests } from './exchange.ts';
import { refusal, unreachable } from './failure.ts';

const defaultTimeoutMs = 60_000;

/** Sends requests to one engine, paths as they are. Nothing is loaded or connected before the first. */
export class Transport {
  readonly #address: EngineAddress;
  #agent: Promise<Dispatcher> | undefined;

  constructor(address: EngineAddress) {
    this.#address = address;
  }

  /** @param name of the engine, for messages */
  async request(name: string, method: string, path: string, options: EngineRequest = {}): Promise<EngineResponse> {
    const url = urlOf(this.#address, path, options.query);
    const { signal, accept = [] } = options;
    engineRequests.publish(undefined);
    const answer = await this.#send(url, method, options).catch((error: unknown) => {
      throw unreachable(`${name} at ${formatAddress(this.#address)}`, error, signal);
    });
    const response = asResponse(answer, url, 0, signal);
    const { status } = response;
    if (status >= 400 && !accept.includes(status)) throw await refusal(name, response);
    const text = async (): Promise<string> => {
      const whole = await response.text();
      if (method === 'GET') this.#tell(url, status, whole);
      return whole;
    };
    return {
      status,
      headers: response.headers,
      body: response.body,
      text,
      json: async () => parseJson(await text(), name),
    };
  }

  /** A connection that becomes a stream both ways. @param name of the engine, for messages */
  async upgrade(name: string, path: string, query: EngineRequest['query']): Promise<Duplex> {
    const url = urlOf(this.#address, path, query);
    this.#agent ??= makeAgent(this.#address);
    const agent = await this.#agent;
    engineRequests.publish(undefined);
    try {
      const headers = { 'user-agent': 'pycontainer' };
      const target = { origin: url.origin, path: `${url.pathname}${url.search}` };
      return (await agent.upgrade({ ...target, method: 'POST', protocol: 'tcp', headers })).socket;
    } catch (error) {
      throw unreachable(`${name} at ${formatAddress(this.#address)}`, error, undefined);
    }
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await (await agent)?.destroy();
  }

  #tell({ pathname, search }: URL, status: number, text: string): void {
    if (this.#address.kind !== 'unix') return;
    const exchange: EngineExchange = { socket: this.#address.path, path: pathname + search, status, text };
    engineExchanges.publish(exchange);
  }

  async #send(url: URL, method: string, options: EngineRequest): Promise<Dispatcher.ResponseData> {
    this.#agent ??= makeAgent(this.#address);
    const { json, body, headers = {}, signal, timeoutMs = defaultTimeoutMs } = options;
    const agent = await this.#agent;
    return agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: {
        'user-agent': 'pycontainer',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
      signal: signal ?? null,
      headersTimeout: timeoutMs,
    });
  }
}

/** Whether somebody listens there, asked without HTTP: for a socket that nobody serves it costs next to nothing. */
export async function listens(address: EngineAddress, timeoutMs: number): Promise<Error | undefined> {
  const missing = address.kind === 'unix' ? whyMissing(address.path) : undefined;
  return missing ?? connects(address, timeoutMs);
}

/** Looks before it is knocked: that nothing is there can be noted, what a connection comes to cannot. */
function whyMissing(path: string): Error | undefined {
  try {
    statSync(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function connects(address: EngineAddress, timeoutMs: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const to = address.kind === 'unix' ? { path: address.path } : { host: bare(address.host), port: address.port };
    const socket = connectSocket({ ...to, timeout: timeoutMs });
    const end = (error?: Error): void => {
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => end());
    socket.once('error', end);
    socket.once('timeout', () => end(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  });
}

async function makeAgent(address: EngineAddress): Promise<Dispatcher> {
  const { Agent } = await import('../http/undici.ts');
  const tls = address.kind === 'tcp' ? address.tls : undefined;
  const { verify = true, ...material } = tls ?? {};
  return new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: 10_000,
      ...(address.kind === 'unix' ? { socketPath: address.path } : {}),
      ...(tls === undefined ? {} : { ...material, rejectUnauthorized: verify }),
    },
  });
}

function urlOf(address: EngineAddress, path: string, query: EngineRequest['query'] = {}): URL {
  const origin =
    address.kind === 'unix'
      ? 'http://docker'
      : `${address.tls === undefined ? 'http' : 'https'}://${address.host}:${address.port}`;
  const url = new URL(path, origin);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url;
}

/** As sockets want it: an IPv6 address without its brackets. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PycontainerError('engine-answer', `${name} answered with something that is not JSON`, { cause: error });
  }
}
