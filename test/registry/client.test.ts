import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { createHttp, type Http } from '../../src/http.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { noCredentials } from '../../src/registry/credential.ts';
import { RegistryClient, type RegistryClientOptions } from '../../src/registry/client.ts';
import { imageOf, type TestImage } from '../support/image.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { serve } from '../support/server.ts';
import { rejectsWith } from '../support/rejects.ts';

const opened: Http[] = [];
after(async () => Promise.all(opened.map(async (http) => http.close())));

const large = Buffer.alloc(3 * 1024 * 1024, 'large');
const image = imageOf([Buffer.from('small'), large]);

function client(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const http = createHttp({ env: {}, sleep: async () => undefined });
  opened.push(http);
  return new RegistryClient({
    http,
    settings: new Map(),
    credentials: noCredentials,
    sleep: async () => undefined,
    ...options,
  });
}

async function push(to: RegistryClient, host: string, repository: string, what: TestImage, tag: string): Promise<void> {
  for (const { descriptor, bytes } of [what.config, ...what.layers]) {
    await to.pushBlob({ host, repository }, descriptor, () => Readable.from([bytes]));
  }
  const { descriptor, bytes } = what.manifest;
  await to.pushManifest({ host, repository }, descriptor.digest, descriptor.mediaType, bytes);
  await to.pushManifest({ host, repository }, tag, descriptor.mediaType, bytes);
}

async function read(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

function fill(registry: MemoryRegistry, name: string, what: TestImage, tag: string): void {
  const repository = registry.repository(name);
  for (const { descriptor, bytes } of [what.config, ...what.layers]) repository.blobs.set(descriptor.digest, bytes);
  const { descriptor, bytes } = what.manifest;
  repository.manifests.set(descriptor.digest, { mediaType: descriptor.mediaType, bytes });
  repository.tags.set(tag, descriptor.digest);
}

describe('push and pull', () => {
  it('bring an image there and back', async () => {
    await using registry = await memoryRegistry();
    const registryClient = client();
    await push(registryClient, registry.host, 'acme/api', image, '1.0');
    const resolved = await registryClient.resolve(parseReference(`${registry.host}/acme/api:1.0`));
    assert.deepEqual(resolved.descriptor, image.manifest.descriptor);
    assert.deepEqual(resolved.bytes, image.manifest.bytes);
    for (const { descriptor, bytes } of image.layers) {
      const stream = await registryClient.blob({ host: registry.host, repository: 'acme/api' }, descriptor);
      assert.deepEqual(await read(stream), bytes);
    }
  });

  it('send a small blob in one request and a large one as a stream', async () => {
    await using registry = await memoryRegistry();
    await push(client(), registry.host, 'a', image, 'x');
    const methods = registry.requests.map((request) => request.split(' ')[0]);
    assert.equal(methods.filter((method) => method === 'PATCH').length, 1);
    assert.equal(methods.filter((method) => method === 'PUT').length, 5);
  });

  it('send nothing that is there', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'a', image, 'x');
    const sent = await client().pushBlob({ host: registry.host, repository: 'a' }, image.config.descriptor, () =>
      assert.fail(),
    );
    assert.equal(sent, 'present');
  });

  it('send a blob once that is pushed three times at once, also where the first push fails', async () => {
    await using registry = await memoryRegistry();
    const { descriptor, bytes } = image.layers[0]!;
    const here = { host: registry.host, repository: 'a' };
    const registryClient = client();
    const failing = registryClient.pushBlob(here, descriptor, () => {
      throw new Error('disk gone');
    });
    const ways = [1, 2, 3].map(async () => registryClient.pushBlob(here, descriptor, () => Readable.from([bytes])));
    await assert.rejects(failing, /disk gone/);
    assert.deepEqual(await Promise.all(ways), ['sent', 'present', 'present']);
  });

  it('ask with a tag that is absent for latest', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'a', image, 'latest');
    const { descriptor } = await client().resolve(parseReference(`${registry.host}/a`));
    assert.equal(descriptor.digest, image.manifest.descriptor.digest);
  });

  it('prefer the digest to the tag', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'a', image, 'x');
    const reference = parseReference(`${registry.host}/a:gone@${image.manifest.descriptor.digest}`);
    assert.equal((await client().resolve(reference)).descriptor.digest, image.manifest.descriptor.digest);
  });

  it('learn a digest from the head alone', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'a', image, 'x');
    assert.equal(
      await client().resolveDigest(parseReference(`${registry.host}/a:x`)),
      image.manifest.descriptor.digest,
    );
    assert.deepEqual(registry.requests, ['GET /v2/', 'HEAD /v2/a/manifests/x']);
  });

  it('ask once for what is wanted at the same time', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'a', image, 'x');
    const registryClient = client();
    const reference = parseReference(`${registry.host}/a:x`);
    await Promise.all([1, 2, 3].map(async () => registryClient.resolve(reference)));
    assert.equal(registry.requests.length, 2);
  });

  it('say what is there', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'a', image, 'x');
    const registryClient = client();
    const here = { host: registry.host, repository: 'a' };
    assert.equal(await registryClient.hasBlob(here, image.config.descriptor.digest), true);
    assert.equal(await registryClient.hasBlob(here, digestOf('nothing')), false);
    assert.equal(await registryClient.hasManifest(here, 'x'), true);
    assert.equal(await registryClient.hasManifest(here, 'y'), false);
  });

  it('give a blob of no bytes', async () => {
    await using registry = await memoryRegistry();
    const empty = { mediaType: mediaTypes.layer, digest: digestOf(''), size: 0 };
    const here = { host: registry.host, repository: 'a' };
    const registryClient = client();
    assert.equal(await registryClient.pushBlob(here, empty, () => Readable.from([])), 'sent');
    assert.equal((await read(await registryClient.blob(here, empty))).length, 0);
  });
});

describe('a blob that is given up half-way', () => {
  it('closes its connection at once, though nothing more comes', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((request, response) => {
      if (request.url === '/v2/') return void response.end();
      response.on('close', () => closed.resolve());
      return void response.writeHead(200, { 'content-length': large.length }).write(large.subarray(0, 200_000));
    });
    const stream = await client().blob({ host: server.host, repository: 'a' }, image.layers[1]!.descriptor);
    for await (const _ of stream) break;
    await closed.promise;
    assert.equal(stream.destroyed, true);
  });
});

describe('mounts', () => {
  it('move no bytes', async () => {
    await using registry = await memoryRegistry();
    fill(registry, 'base', image, 'x');
    const options = { mountFrom: ['nowhere', 'base'] };
    const here = { host: registry.host, repository: 'a' };
    const way = await client().pushBlob(here, image.config.descriptor, () => assert.fail(), options);
    assert.equal(way, 'mounted');
    assert.equal(registry.requests.filter((request) => request.startsWith('DELETE')).length, 1);
  });

  it('become uploads where the registry will not', async () => {
    await using registry = await memoryRegistry({ refuseMounts: true });
    fill(registry, 'base', image, 'x');
    const { descriptor, bytes } = image.config;
    const here = { host: registry.host, repository: 'a' };
    const way = await client().pushBlob(here, descriptor, () => Readable.from([bytes]), { mountFrom: ['base'] });
    assert.equal(way, 'sent');
    assert.equal(registry.requests.filter((request) => request.startsWith('POST')).length, 1);
  });
});

describe('manifests that are refused', () => {
  const serving = async (bytes: Buffer, mediaType: string) => {
    const registry = await memoryRegistry();
    const repository = registry.repository('a');
    repository.manifests.set(digestOf(bytes), { mediaType, bytes });
    repository.tags.set('x', digestOf(bytes));
    return registry;
  };
  const cases: [string, Record<string, unknown>, string, Parameters<typeof rejectsWith>[1], RegExp][] = [
    ['schema 1', { schemaVersion: 1 }, mediaTypes.dockerSchema1, 'registry-unsupported', /old kind/],
    ['both image and index', { manifests: [], layers: [] }, mediaTypes.manifest, 'registry-answer', /both an image/],
    ['another kind', { hello: 1 }, 'application/vnd.acme', 'registry-unsupported', /no image/],
    [
      'an index that says manifest',
      { manifests: [], mediaType: mediaTypes.manifest },
      mediaTypes.index,
      'registry-unsupported',
      /no image/,
    ],
  ];
  for (const [what, body, mediaType, code, message] of cases) {
    it(what, async () => {
      await using registry = await serving(Buffer.from(JSON.stringify(body)), mediaType);
      await rejectsWith(client().resolve(parseReference(`${registry.host}/a:x`)), code, message);
    });
  }

  it('no JSON, and too large', async () => {
    await using page = await serving(Buffer.from('<html>'), mediaTypes.manifest);
    await rejectsWith(client().resolve(parseReference(`${page.host}/a:x`)), 'registry-answer', /not a JSON object/);
    await using huge = await serving(Buffer.alloc(4 * 1024 * 1024 + 1, ' '), mediaTypes.manifest);
    await rejectsWith(client().resolve(parseReference(`${huge.host}/a:x`)), 'registry-answer', /more than 4 MiB/);
  });

  it('a type that only the body knows is taken from there', async () => {
    for (const header of ['application/json', 'text/plain; charset=utf-8', mediaTypes.dockerManifest]) {
      await using registry = await serving(image.manifest.bytes, header);
      const { descriptor } = await client().resolve(parseReference(`${registry.host}/a:x`));
      assert.equal(descriptor.mediaType, mediaTypes.manifest);
    }
    await using registry = await serving(Buffer.from('{"schemaVersion":2,"manifests":[]}'), 'application/json');
    assert.equal(
      (await client().resolve(parseReference(`${registry.host}/a:x`))).descriptor.mediaType,
      mediaTypes.index,
    );
  });
});

describe('errors', () => {
  it('a tag that is not there names those that are near', async () => {
    await using registry = await memoryRegistry();
    for (const tag of ['3.12-slim', '3.12-slim-bookworm', '3.13-slim', 'latest']) fill(registry, 'python', image, tag);
    const error = await rejectsWith(
      client().resolve(parseReference(`${registry.host}/python:3.12-slm`)),
      'registry-not-found',
      /has no .*\/python:3\.12-slm/,
    );
    assert.match(error.hint ?? '', /3\.12-slim/);
    assert.doesNotMatch(error.hint ?? '', /latest/);
  });

  const refusing = async (status: number, body: string, headers: Record<string, string> = {}) =>
    memoryRegistry({
      guard: (request, response) => {
        if (request.url === '/v2/') return false;
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
        return true;
      },
    });
  const answers: [string, number, string, Record<string, string>, Parameters<typeof rejectsWith>[1], RegExp, RegExp][] =
    [
      [
        'no login',
        401,
        '',
        {},
        'registry-unauthorized',
        /wants a login to read/,
        /pycontainer login .*docker login .*podman login .*PYCONTAINER_AUTH_127_0_0_1_\d+_USERNAME/,
      ],
      [
        'no right',
        403,
        '{"errors":[{"code":"DENIED","message":"not\\nyours"}]}',
        {},
        'registry-denied',
        /does not allow to read .*: not yours/,
        /private or does not exist/,
      ],
      [
        'too many',
        429,
        '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}',
        { 'retry-after': '7200' },
        'registry-rate-limit',
        /asks to wait.*slow down/,
        /in 120 minutes.*login/,
      ],
      ['broken', 500, 'oops', {}, 'registry-answer', /answered 500/, /its side/],
      ['no registry', 400, '<html>', {}, 'registry-answer', /answered 400/, /no proxy/],
      [
        'unsupported',
        405,
        '{"errors":[{"code":"UNSUPPORTED","message":"read only"}]}',
        {},
        'registry-unsupported',
        /read only/,
        /registry/,
      ],
    ];
  for (const [what, status, body, headers, code, message, hint] of answers) {
    it(`${what} (${status}) is said in plain words`, async () => {
      await using registry = await refusing(status, body, headers);
      const error = await rejectsWith(client().resolve(parseReference(`${registry.host}/a:x`)), code, message);
      assert.match(error.hint ?? '', hint);
      assert.doesNotMatch(error.message, /[{}\n]/);
    });
  }

  it('no right to push says so', async () => {
    await using registry = await refusing(403, '');
    const here = { host: registry.host, repository: 'a' };
    const pushed = client().pushBlob(here, image.config.descriptor, () => Readable.from([image.config.bytes]));
    const error = await rejectsWith(pushed, 'registry-denied', /does not allow to write to a/);
    assert.match(error.hint ?? '', /right to push/);
  });

  it('a manifest that names what is not there is refused by the registry, and said so', async () => {
    await using registry = await memoryRegistry();
    const { descriptor, bytes } = image.manifest;
    const pushed = client().pushManifest({ host: registry.host, repository: 'a' }, 'x', descriptor.mediaType, bytes);
    await rejectsWith(pushed, 'registry-answer', /write a:x: blob unknown/);
  });

  it('a source that fails is named as it is, and not tried again', async () => {
    await using registry = await memoryRegistry();
    let asked = 0;
    const source = () => {
      asked += 1;
      return new Readable({
        read() {
          this.destroy(new Error('disk gone'));
        },
      });
    };
    const pushed = client().pushBlob({ host: registry.host, repository: 'a' }, image.layers[1]!.descriptor, source);
    await assert.rejects(pushed, /disk gone/);
    assert.equal(asked, 1);
  });

  it('a source with other bytes is refused, and nothing stands there', async () => {
    await using registry = await memoryRegistry();
    const here = { host: registry.host, repository: 'a' };
    for (const { descriptor } of image.layers) {
      const other = Buffer.alloc(descriptor.size, 'other');
      await rejectsWith(
        client().pushBlob(here, descriptor, () => Readable.from([other])),
        'digest-mismatch',
      );
    }
    assert.equal(registry.repository('a').blobs.size, 0);
  });
});
