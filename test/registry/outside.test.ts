import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHttp, type Http } from '../../src/http.ts';
import { type Descriptor, mediaTypes } from '../../src/oci/manifest.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { blobOf, type TestBlob } from '../support/image.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve, type TestServer } from '../support/server.ts';

const opened: Http[] = [];
after(async () => Promise.all(opened.map(async (http) => http.close())));

/** One that would give its login to anybody who asks. */
function client(): RegistryClient {
  const http = createHttp({ env: {}, sleep: async () => undefined });
  opened.push(http);
  const credentials = { find: async () => ({ kind: 'password', username: 'maya', password: 'secret' }) as const };
  return new RegistryClient({ http, settings: new Map(), credentials, sleep: async () => undefined });
}

const layer = blobOf(Buffer.alloc(200_000, 'foreign'), mediaTypes.dockerForeignLayer);

function at({ descriptor }: TestBlob, ...urls: readonly string[]): Descriptor {
  return { ...descriptor, urls };
}

/** A registry that lets nobody in without the login. */
async function guarded(): Promise<MemoryRegistry> {
  return memoryRegistry({
    guard: (request, response) => {
      if (request.headers.authorization !== undefined) return false;
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
}

interface Outside extends TestServer {
  /** The Authorization headers that came. */
  readonly logins: (string | undefined)[];
}

async function outside(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Outside> {
  const logins: (string | undefined)[] = [];
  const server = await serve((request, response) => {
    logins.push(request.headers.authorization);
    answer(request, response);
  });
  return { ...server, logins, [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose]() };
}

async function read(from: RegistryClient, host: string | undefined, descriptor: Descriptor): Promise<Buffer> {
  const repository = host === undefined ? undefined : { host, repository: 'windows' };
  return Buffer.concat(await (await from.blob(repository, descriptor)).toArray());
}

describe('a layer that stands outside of registries', () => {
  it('is taken from there, without a login, when the registry has it not', async () => {
    await using registry = await guarded();
    await using other = await outside((_, response) => void response.end(layer.bytes));
    const bytes = await read(client(), registry.host, at(layer, `${other.url}/layer?sig=x`));
    assert.deepEqual(bytes, layer.bytes);
    assert.deepEqual(other.requests, ['GET /layer?sig=x']);
    assert.deepEqual(other.logins, [undefined]);
  });

  it('is taken from the registry when that has it', async () => {
    await using registry = await guarded();
    await using other = await outside((_, response) => void response.end(layer.bytes));
    registry.repository('windows').blobs.set(layer.descriptor.digest, layer.bytes);
    assert.deepEqual(await read(client(), registry.host, at(layer, other.url)), layer.bytes);
    assert.deepEqual(other.requests, []);
  });

  it('is taken from the first address that has it, and resumed there', async () => {
    await using none = await outside((_, response) => void response.writeHead(404).end());
    let broken = false;
    await using other = await outside((request, response) => {
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = layer.bytes.subarray(start);
      const range = { 'content-range': `bytes ${start}-${layer.bytes.length - 1}/${layer.bytes.length}` };
      response.writeHead(start === 0 ? 200 : 206, { ...range, 'content-length': rest.length });
      if (broken) return void response.end(rest);
      broken = true;
      return void response.write(rest.subarray(0, 100_000), () => setTimeout(() => request.socket.destroy(), 5));
    });
    const descriptor = at(layer, 'ftp://127.0.0.1/layer', 'nonsense', none.url, other.url);
    assert.deepEqual(await read(client(), undefined, descriptor), layer.bytes);
    assert.equal(other.requests.length, 2);
  });

  it('is refused when it is something else', async () => {
    await using same = await outside((_, response) => void response.end(Buffer.alloc(layer.bytes.length, 'other')));
    await rejectsWith(read(client(), undefined, at(layer, same.url)), 'digest-mismatch', /came with other bytes/);
    await using short = await outside((_, response) => void response.end('short'));
    await rejectsWith(read(client(), undefined, at(layer, short.url)), 'digest-mismatch', /has 5 bytes as/);
  });

  it('is not logged in for, also where a login is asked for', async () => {
    await using other = await outside((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    const error = await rejectsWith(read(client(), undefined, at(layer, `${other.url}/l?token=s`)), 'registry-answer');
    assert.match(error.message, /^127\.0\.0\.1:\d+ answered 401 when asked for the layer sha256:[0-9a-f]{64}$/);
    assert.deepEqual(other.logins, [undefined]);
  });

  it('is not looked for there when the registry says anything but that it has it not', async () => {
    await using registry = await memoryRegistry({
      guard: (request, response) => {
        if (request.url === '/v2/') return false;
        response.writeHead(403).end();
        return true;
      },
    });
    await using other = await outside((_, response) => void response.end(layer.bytes));
    await rejectsWith(read(client(), registry.host, at(layer, other.url)), 'registry-denied');
    assert.deepEqual(other.requests, []);
  });

  it('without an address that can be asked is missing', async () => {
    await using registry = await memoryRegistry();
    const descriptor = at(layer, 'file:///etc/passwd', 'unix:///run/docker.sock');
    await rejectsWith(read(client(), registry.host, descriptor), 'registry-not-found');
    await rejectsWith(read(client(), undefined, descriptor), 'registry-not-found', /names no address/);
  });
});

describe('a push', () => {
  const never = (): never => assert.fail('nothing should be sent');

  it('leaves a layer outside that may not be handed on', async () => {
    await using registry = await memoryRegistry();
    for (const type of [mediaTypes.dockerForeignLayer, mediaTypes.foreignLayerGzip, mediaTypes.foreignLayer]) {
      const descriptor = { ...at(layer, 'https://example.com/layer'), mediaType: type };
      const way = await client().pushBlob({ host: registry.host, repository: 'a' }, descriptor, never);
      assert.equal(way, 'outside');
    }
    assert.deepEqual(registry.requests, []);
  });

  it('sends one that names no address, and one that may be handed on', async () => {
    await using registry = await memoryRegistry();
    const source = (): Readable => Readable.from([layer.bytes]);
    const plain = { ...at(layer, 'https://example.com/layer'), mediaType: mediaTypes.layerGzip };
    for (const [index, descriptor] of [layer.descriptor, plain].entries()) {
      const way = await client().pushBlob({ host: registry.host, repository: `a${index}` }, descriptor, source);
      assert.equal(way, 'sent');
    }
  });

  it('says what to do when the registry takes no such addresses', async () => {
    await using registry = await memoryRegistry({
      guard: (request, response) => {
        if (request.method !== 'PUT') return false;
        request.resume();
        response.writeHead(400).end('{"errors": [{"code": "MANIFEST_INVALID", "message": "manifest invalid"}]}');
        return true;
      },
    });
    const manifest = (layers: readonly Descriptor[]): Buffer => Buffer.from(JSON.stringify({ layers }));
    const put = (layers: readonly Descriptor[]): Promise<void> =>
      client().pushManifest({ host: registry.host, repository: 'a' }, '1', mediaTypes.manifest, manifest(layers));
    const error = await rejectsWith(put([at(layer, 'https://example.com/layer')]), 'registry-answer');
    assert.match(error.hint ?? '', /layers that may not be handed on, at example\.com\b/);
    const other = await rejectsWith(put([layer.descriptor]), 'registry-answer');
    assert.doesNotMatch(other.hint ?? '', /handed on/);
  });
});
