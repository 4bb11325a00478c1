import { randomUUID, sign, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve } from './server.ts';

export interface TokenServerOptions {
  /** Passwords by user. */
  readonly users?: Readonly<Record<string, string>>;
  /** Users by refresh token. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** Whether a user (undefined: nobody) may pull from or push to a repository. Default: users may do all. */
  readonly allows?: (user: string | undefined, repository: string, action: string) => boolean;
  readonly lifetimeSeconds?: number;
  /** Signs for a registry that checks; else the signature is empty. */
  readonly signer?: { key: string; cert: string };
}

export interface TokenServer extends AsyncDisposable {
  /** The realm. */
  readonly url: string;
  readonly service: string;
  readonly issuer: string;
  /** What was asked for, in order: `user scope scope`. */
  readonly asked: string[];
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Gives tokens as Docker's token authentication has them. */
export async function tokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const asked: string[] = [];
  const server = await serve(async (request, response) => {
    const form = new URLSearchParams(
      request.method === 'POST' ? await textOf(request) : (request.url ?? '').split('?')[1],
    );
    const user = userOf(request, form, options);
    if (user === false) {
      response.writeHead(401).end();
      return;
    }
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
    asked.push([user ?? 'anonymous', ...scopes].join(' '));
    const access = scopes.map((scope) => granted(scope, user, options.allows ?? ((who) => who !== undefined)));
    const lifetimeSeconds = options.lifetimeSeconds ?? 300;
    const token = makeToken(access, user ?? '', lifetimeSeconds, options.signer);
    response.end(
      JSON.stringify({ [request.method === 'POST' ? 'access_token' : 'token']: token, expires_in: lifetimeSeconds }),
    );
  });
  return {
    url: `${server.url}/token`,
    service: 'test-registry',
    issuer: 'test-issuer',
    asked,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}

/** For a registry in memory: lets through whoever has a token of this server with the right that is needed. */
export function guardedBy({ url, service }: TokenServer, isValid: (token: string) => boolean = () => true) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(request.url ?? '')?.[1];
    const action = ['GET', 'HEAD'].includes(request.method ?? '') ? 'pull' : 'push';
    const access = token === undefined || !isValid(token) ? [] : accessIn(token);
    const right = access.some((entry) => entry.name === name && entry.actions.includes(action));
    if (right || (name === undefined && token !== undefined)) return false;
    const scope = name === undefined ? '' : `,scope="repository:${name}:${action === 'push' ? 'pull,push' : 'pull'}"`;
    request.resume();
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}",service="${service}"${scope}` }).end();
    return true;
  };
}

function userOf(
  request: IncomingMessage,
  form: URLSearchParams,
  options: TokenServerOptions,
): string | undefined | false {
  if (request.method === 'POST') return options.refreshTokens?.[form.get('refresh_token') ?? ''] ?? false;
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return undefined;
  const [user = '', password] = Buffer.from(basic, 'base64').toString().split(':');
  return options.users?.[user] === password ? user : false;
}

function granted(scope: string, user: string | undefined, allows: NonNullable<TokenServerOptions['allows']>): Access {
  const [type = '', name = '', actions = ''] = scope.split(':');
  return { type, name, actions: actions.split(',').filter((action) => allows(user, name, action)) };
}

function makeToken(
  access: readonly Access[],
  subject: string,
  lifetimeSeconds: number,
  signer: TokenServerOptions['signer'],
): string {
  const now = Math.floor(Date.now() / 1000);
  const x5c = signer === undefined ? [] : [new X509Certificate(signer.cert).raw.toString('base64')];
  const claims = {
    iss: 'test-issuer',
    sub: subject,
    aud: 'test-registry',
    exp: now + lifetimeSeconds,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const signed = [{ typ: 'JWT', alg: 'ES256', x5c }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = signer === undefined ? undefined : { key: signer.key, dsaEncoding: 'ieee-p1363' as const };
  const signature = key === undefined ? '' : sign('sha256', Buffer.from(signed), key).toString('base64url');
  return `${signed}.${signature}`;
}

function accessIn(token: string): readonly Access[] {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { access: Access[] };
  return claims.access;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
