import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { serve } from './server.ts';

/** What goes wrong with one exchange between a client and a registry. */
export type Fault =
  /** The connection breaks after so many bytes of the answer's body; 0: before its head. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The connection breaks after so many bytes of the request's body have been passed on. */
  | { readonly kind: 'reset-upload'; readonly afterBytes: number }
  /** The request is carried out, and its answer is lost. */
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Nothing more comes after so many bytes; -1: not even a head. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** A byte now and then, for ever. */
  | { readonly kind: 'drip' }
  /** The body ends early, in a way that looks whole. */
  | { readonly kind: 'truncate' }
  /** One byte of the body is another one. */
  | { readonly kind: 'corrupt' }
  /** The body is longer than it should be, and says so. */
  | { readonly kind: 'lengthen' }
  /** The digest header names other bytes. */
  | { readonly kind: 'wrong-digest-header' }
  /** To the same path of another origin. */
  | { readonly kind: 'redirect'; readonly origin: string }
  | { readonly kind: 'redirect-loop' };

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  /** `METHOD /path`, in order. */
  readonly requests: string[];
  /** The Authorization headers that came, in order; empty strings for none. */
  readonly authorizations: string[];
}

/** Stands before the registry at `target` (`host:port`); `choose` names the fault of each exchange, counted from 0. */
export async function faultProxy(
  target: string,
  choose: (exchange: { index: number; method: string; path: string }) => Fault | undefined,
): Promise<FaultProxy> {
  const authorizations: string[] = [];
  const server = await serve(async (request, response) => {
    const index = authorizations.push(request.headers.authorization ?? '') - 1;
    const fault = choose({ index, method: request.method ?? '', path: request.url ?? '' });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    await exchange(target, request, response, fault).catch(() => request.socket.destroy());
  });
  return {
    host: server.host,
    url: server.url,
    requests: server.requests,
    authorizations,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}

async function exchange(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'status') {
    request.resume();
    response.writeHead(fault.status, { 'content-length': '0', ...fault.headers }).end();
    return;
  }
  if (fault?.kind === 'redirect' || fault?.kind === 'redirect-loop') {
    request.resume();
    const origin = fault.kind === 'redirect' ? fault.origin : '';
    response.writeHead(307, { location: `${origin}${request.url}`, 'content-length': '0' }).end();
    return;
  }
  if (fault?.kind === 'stall' && fault.afterBytes < 0) {
    request.resume();
    return;
  }
  if (fault?.kind === 'reset' && fault.afterBytes === 0) {
    request.socket.destroy();
    return;
  }
  const answer = await pass(target, request, fault?.kind === 'reset-upload' ? fault.afterBytes : undefined);
  if (answer === undefined || fault?.kind === 'lose-answer') {
    request.socket.destroy();
    return;
  }
  reply(request, response, answer, fault);
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** Undefined when the request was broken off on purpose. */
async function pass(
  target: string,
  request: IncomingMessage,
  breakAfterBytes: number | undefined,
): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const [hostname, port] = target.split(':');
    const onward = forward({
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers: request.headers,
      agent: false,
    });
    onward.on('error', reject).on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    let passedBytes = 0;
    request.on('data', (chunk: Buffer) => {
      const rest =
        breakAfterBytes === undefined ? chunk : chunk.subarray(0, Math.max(0, breakAfterBytes - passedBytes));
      passedBytes += chunk.length;
      onward.write(rest);
      if (breakAfterBytes === undefined || passedBytes < breakAfterBytes) return;
      request.pause();
      onward.on('error', () => undefined);
      setTimeout(() => onward.destroy(), 5);
      setTimeout(() => resolve(undefined), 10);
    });
    request.on('end', () => onward.end());
  });
}

function reply(request: IncomingMessage, response: ServerResponse, answer: Answer, fault: Fault | undefined): void {
  const { status, headers } = answer;
  const head = request.method === 'HEAD';
  const body = changed(answer.body, fault);
  const length: Record<string, string> = head || status === 204 ? {} : { 'content-length': String(body.length) };
  const digest = fault?.kind === 'wrong-digest-header' ? { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } : {};
  const { 'transfer-encoding': _, ...kept } = headers;
  response.writeHead(status, { ...kept, ...length, ...digest });
  response.flushHeaders();
  if (fault?.kind === 'reset') {
    response.write(body.subarray(0, fault.afterBytes), () => setTimeout(() => request.socket.destroy(), 5));
  } else if (fault?.kind === 'stall') {
    response.write(body.subarray(0, fault.afterBytes));
  } else if (fault?.kind === 'drip' && body.length > 0 && !head) {
    let sent = 0;
    const drip = setInterval(() => response.write(body.subarray(sent, (sent += 1))), 5);
    response.on('close', () => clearInterval(drip));
  } else {
    response.end(head ? undefined : body);
  }
}

function changed(body: Buffer, fault: Fault | undefined): Buffer {
  if (fault?.kind === 'truncate') return body.subarray(0, Math.floor(body.length / 2));
  if (fault?.kind === 'lengthen') return Buffer.concat([body, Buffer.from(' ')]);
  if (fault?.kind !== 'corrupt' || body.length === 0) return body;
  const copy = Buffer.from(body);
  const middle = Math.floor(copy.length / 2);
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
