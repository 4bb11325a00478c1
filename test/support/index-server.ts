import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve, type TestServer } from './server.ts';

export type Route = (request: IncomingMessage, response: ServerResponse) => void;

export interface IndexServer extends TestServer {
  /** The Authorization header of every request, in order, beside {@link TestServer.requests}. */
  readonly authorizations: (string | undefined)[];
  /** May be changed while it serves. By path, without a query. */
  readonly routes: Record<string, Route>;
}

/** A package index on a loopback port; what is not among its routes is answered with 404. */
export async function serveIndex(routes: Record<string, Route> = {}): Promise<IndexServer> {
  const authorizations: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    authorizations.push(request.headers.authorization);
    const route = routes[new URL(request.url ?? '/', 'http://host').pathname];
    if (route === undefined) response.writeHead(404).end('not here');
    else route(request, response);
  });
  return { ...server, authorizations, routes, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

export function reply(body: string | Buffer, type: string, status = 200): Route {
  return (_request, response) => response.writeHead(status, { 'content-type': type }).end(body);
}

export function htmlPage(body: string): Route {
  return reply(`<!DOCTYPE html><html><body>${body}</body></html>`, 'text/html; charset=utf-8');
}

/** A page of the JSON API (PEP 691); each file as the specification has it, with a URL that may be relative. */
export function jsonPage(files: readonly object[]): Route {
  return reply(
    JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'x', versions: [], files }),
    'application/vnd.pypi.simple.v1+json',
  );
}

export function redirect(location: string, status = 302): Route {
  return (_request, response) => response.writeHead(status, { location }).end();
}

/** Answers 401 unless the request carries this login. */
export function withLogin(user: string, password: string, route: Route): Route {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return (request, response) => {
    if (request.headers.authorization === expected) route(request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="index"' }).end();
  };
}

export interface FileOptions {
  /** Cuts the connection after so many bytes of each of the first answers. */
  readonly breakAfter?: readonly number[];
  readonly etag?: string;
  /** Answers every request whole. */
  readonly noRanges?: boolean;
}

/** A file, with ranges. Given bytes for each answer in turn, the last for all further ones. */
export function fileRoute(versions: Buffer | readonly Buffer[], options: FileOptions = {}): Route {
  const list = Buffer.isBuffer(versions) ? [versions] : versions;
  let answers = 0;
  return (request, response) => {
    const bytes = list[Math.min(answers, list.length - 1)] ?? Buffer.alloc(0);
    const cut = options.breakAfter?.[answers];
    answers += 1;
    const start = options.noRanges === true ? 0 : rangeStart(request, options.etag);
    const body = bytes.subarray(start);
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': body.length,
      ...(options.etag === undefined ? {} : { etag: options.etag }),
      ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    };
    response.writeHead(start === 0 ? 200 : 206, headers);
    if (cut === undefined) response.end(body);
    else response.write(body.subarray(0, cut), () => setImmediate(() => response.destroy()));
  };
}

function rangeStart({ headers }: IncomingMessage, etag: string | undefined): number {
  const start = Number(/^bytes=([0-9]+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const condition = headers['if-range'];
  return condition === undefined || condition === etag ? start : 0;
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
