import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { createHttp, type Http, type HttpResponse } from '../../src/http.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { RegistryClient, type RegistryClientOptions } from '../../src/registry/client.ts';
import type { Credential } from '../../src/registry/credential.ts';
import { imageOf } from '../support/image.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve } from '../support/server.ts';
import { guardedBy, tokenServer } from '../support/token-server.ts';

const image = imageOf([Buffer.from('layer'), Buffer.alloc(2 * 1024 * 1024, 'large')]);
const opened: Http[] = [];
after(async () => Promise.all(opened.map(async (http) => http.close())));

function clientWith(credential: Credential | undefined, options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const http = createHttp({ env: {}, sleep: async () => undefined });
  opened.push(http);
  const credentials = { find: async () => Promise.resolve(credential) };
  return new RegistryClient({ http, settings: new Map(), credentials, sleep: async () => undefined, ...options });
}

const login: Credential = { kind: 'password', username: 'u', password: 'secret:with colon' };
const users = { u: 'secret' };
const user: Credential = { kind: 'password', username: 'u', password: 'secret' };

async function push(client: RegistryClient, registry: MemoryRegistry, mountFrom: string[] = []): Promise<void> {
  const repository = { host: registry.host, repository: 'a' };
  for (const { descriptor, bytes } of [image.config, ...image.layers]) {
    await client.pushBlob(repository, descriptor, () => Readable.from([bytes]), { mountFrom });
  }
  const { descriptor, bytes } = image.manifest;
  await client.pushManifest(repository, 'x', descriptor.mediaType, bytes);
}

describe('basic', () => {
  it('sends name and password where asked, a colon in the password too', async () => {
    const seen: unknown[] = [];
    await using registry = await memoryRegistry({
      guard: (request, response) => {
        seen.push(request.headers.authorization);
        if (request.headers.authorization !== undefined) return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
        return true;
      },
    });
    await push(clientWith(login), registry);
    const expected = `Basic ${Buffer.from('u:secret:with colon').toString('base64')}`;
    assert.deepEqual(new Set(seen.slice(1)), new Set([expected]));
  });

  it('without a login, and with a wrong one, says so', async () => {
    await using registry = await memoryRegistry({
      guard: (_, response) => {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
        return true;
      },
    });
    const reference = parseReference(`${registry.host}/a:x`);
    await rejectsWith(clientWith(undefined).resolve(reference), 'registry-unauthorized', /wants a login/);
    await rejectsWith(clientWith(login).resolve(reference), 'registry-unauthorized', /does not accept the login/);
  });
});

describe('tokens', () => {
  it('are fetched once for each set of scopes, and the password goes to the realm only', async () => {
    await using tokens = await tokenServer({ users });
    const seen: string[] = [];
    const guard = guardedBy(tokens);
    await using registry = await memoryRegistry({
      guard: (request, response) => {
        seen.push(request.headers.authorization ?? '');
        return guard(request, response);
      },
    });
    const client = clientWith(user);
    await push(client, registry);
    await client.resolve(parseReference(`${registry.host}/a:x`));
    assert.deepEqual(tokens.asked, ['u repository:a:pull,push', 'u repository:a:pull']);
    assert(seen.every((header) => !header.startsWith('Basic')));
  });

  it('are asked for without a login where nothing is stored', async () => {
    await using tokens = await tokenServer({ allows: (_, name, action) => name === 'public' && action === 'pull' });
    await using registry = await memoryRegistry({ guard: guardedBy(tokens) });
    const client = clientWith(undefined);
    const missing = client.resolve(parseReference(`${registry.host}/public:x`));
    await rejectsWith(missing, 'registry-not-found');
    await rejectsWith(
      client.resolve(parseReference(`${registry.host}/private:x`)),
      'registry-unauthorized',
      /wants a login/,
    );
  });

  it('name all repositories of a mount', async () => {
    await using tokens = await tokenServer({ users });
    await using registry = await memoryRegistry({ guard: guardedBy(tokens) });
    const { descriptor, bytes } = image.config;
    registry.repository('base').blobs.set(descriptor.digest, bytes);
    await push(clientWith(user), registry, ['base']);
    assert(tokens.asked.includes('u repository:a:pull,push repository:base:pull'));
  });

  it('are fetched anew when one is refused in the middle of a push, and in the middle of an upload', async () => {
    await using tokens = await tokenServer({ users });
    for (const good of [4, 5, 6, 7]) {
      const uses = new Map<string, number>();
      const isValid = (token: string): boolean => {
        uses.set(token, (uses.get(token) ?? 0) + 1);
        return (uses.get(token) ?? 0) <= good;
      };
      await using registry = await memoryRegistry({ guard: guardedBy(tokens, isValid) });
      await push(clientWith(user), registry);
      assert.equal(registry.repository('a').tags.get('x'), image.manifest.descriptor.digest);
      if (good === 4) assert(registry.requests.filter((request) => request.startsWith('PATCH')).length > 1);
    }
  });

  it('are fetched anew before they run out', async () => {
    await using tokens = await tokenServer({ users, lifetimeSeconds: 100 });
    await using registry = await memoryRegistry({ guard: guardedBy(tokens) });
    let now = 0;
    const client = clientWith(user, { now: () => now });
    const ask = async (): Promise<boolean> =>
      client.hasBlob({ host: registry.host, repository: 'a' }, image.config.descriptor.digest);
    await ask();
    now = 89_000;
    await ask();
    assert.equal(tokens.asked.length, 1);
    now = 91_000;
    await ask();
    assert.equal(tokens.asked.length, 2);
    assert(registry.requests.every((request) => !request.startsWith('GET /v2/a')));
  });

  it('are asked for with an identity token as a refresh token', async () => {
    await using tokens = await tokenServer({ refreshTokens: { 'refresh-me': 'r' } });
    await using registry = await memoryRegistry({ guard: guardedBy(tokens) });
    await push(clientWith({ kind: 'identity-token', token: 'refresh-me' }), registry);
    assert.deepEqual(tokens.asked, ['r repository:a:pull,push']);
  });

  it('that are stored go to the registry as they are', async () => {
    await using registry = await memoryRegistry({
      guard: (request, response) => {
        if (request.headers.authorization === 'Bearer mine') return false;
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="https://never.invalid/"' }).end();
        return true;
      },
    });
    await push(clientWith({ kind: 'registry-token', token: 'mine' }), registry);
  });

  it('that are refused say whose login is wrong', async () => {
    await using tokens = await tokenServer({ users });
    await using registry = await memoryRegistry({ guard: guardedBy(tokens) });
    const resolved = clientWith({ ...user, password: 'wrong' }).resolve(parseReference(`${registry.host}/a:x`));
    const error = await rejectsWith(resolved, 'registry-unauthorized', /gives no token for .* with the stored login/);
    assert.doesNotMatch(`${error.message}${error.hint}`, /wrong/);
  });

  it('are not asked for over plain HTTP on another machine', async () => {
    await using registry = await memoryRegistry({
      guard: (_, response) => {
        response
          .writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/get?a=b",service="s"' })
          .end();
        return true;
      },
    });
    const error = await rejectsWith(
      clientWith(user).resolve(parseReference(`${registry.host}/a:x`)),
      'registry-answer',
      /tokens\.example/,
    );
    assert.match(error.hint ?? '', /HTTPS/);
  });

  it('come with no answer that can be read: said so', async () => {
    for (const body of ['', '[]', '{"token":7}', '<html>']) {
      await using tokens = await serve((_, response) => void response.end(body));
      await using registry = await memoryRegistry({
        guard: (_, response) => {
          response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.url}"` }).end();
          return true;
        },
      });
      const resolved = clientWith(user).resolve(parseReference(`${registry.host}/a:x`));
      await rejectsWith(resolved, 'registry-answer', /without a token/);
    }
  });
});

describe('hosts', () => {
  /** Answers every request with 404, and records it. */
  const recording = (asked: string[]): Http => ({
    request: async (url, options) => {
      asked.push(`${options?.headers?.['authorization'] ?? '-'} ${url}`);
      const challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';
      const isToken = url.startsWith('https://auth.docker.io');
      const response: HttpResponse = {
        status: isToken ? 200 : url.endsWith('/v2/') ? 401 : 404,
        headers: { 'www-authenticate': challenge },
        url,
        body: Readable.from([]),
        bytes: async () => Promise.resolve(Buffer.alloc(0)),
        text: async () => Promise.resolve('{"token":"t"}'),
        drain: async () => Promise.resolve(),
      };
      return Promise.resolve(response);
    },
    close: async () => Promise.resolve(),
  });

  it('docker.io is asked at registry-1.docker.io, with a token from auth.docker.io', async () => {
    const asked: string[] = [];
    const client = clientWith(undefined, { http: recording(asked) });
    await rejectsWith(client.resolve(parseReference('python:3.12')), 'registry-not-found');
    assert.deepEqual(asked.slice(0, 3), [
      '- https://registry-1.docker.io/v2/',
      '- https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Alibrary%2Fpython%3Apull',
      'Bearer t https://registry-1.docker.io/v2/library/python/manifests/3.12',
    ]);
  });

  it('other hosts are asked over HTTPS only, unless settings say insecure', async () => {
    const asked: string[] = [];
    const recorder = recording(asked);
    const http: Http = {
      close: async () => Promise.resolve(),
      request: async (url, options) => {
        const response = await recorder.request(url, options);
        return url.startsWith('https://10.') ? Promise.reject(await refusedTls()) : response;
      },
    };
    const error = await rejectsWith(clientWith(undefined, { http }).resolve(parseReference('10.0.0.1:5000/a')), 'tls');
    assert.match(error.hint ?? '', /insecure/);
    assert.deepEqual(asked, ['- https://10.0.0.1:5000/v2/']);
    const settings = new Map([['10.0.0.1:5000', { insecure: true }]]);
    await rejectsWith(
      clientWith(undefined, { http, settings }).resolve(parseReference('10.0.0.1:5000/a')),
      'registry-not-found',
    );
    assert(asked.some((line) => line.endsWith(' http://10.0.0.1:5000/v2/a/manifests/latest')));
  });

  async function refusedTls(): Promise<unknown> {
    await using server = await serve(() => undefined);
    return await createHttp({ env: {} })
      .request(server.url.replace('http:', 'https:'))
      .catch((error: unknown) => error);
  }
});
