import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { createHttp } from '../../src/http.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { PycontainerError } from '../../src/errors.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { faultProxy, type Fault } from '../support/fault-proxy.ts';
import { imageOf } from '../support/image.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { serve } from '../support/server.ts';

const before = imageOf([Buffer.from('the old image')]);
const image = imageOf([Buffer.alloc(1100 * 1024, 'large')]);
const password = { kind: 'password', username: 'u', password: 'secret' } as const;
const basic = `Basic ${Buffer.from('u:secret').toString('base64')}`;

/** Wants a name and a password for everything. */
async function registryWithLogin(forgetful = false): Promise<MemoryRegistry> {
  const registry = await memoryRegistry({
    forgetful,
    guard: (request, response) => {
      if (request.headers.authorization === basic) return false;
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
      return true;
    },
  });
  const repository = registry.repository('a');
  const { descriptor, bytes } = before.manifest;
  for (const blob of [before.config, ...before.layers]) repository.blobs.set(blob.descriptor.digest, blob.bytes);
  repository.manifests.set(descriptor.digest, { mediaType: descriptor.mediaType, bytes });
  repository.tags.set('x', descriptor.digest);
  return registry;
}

/** Long, but where a fault is over only with that: a machine may be slow, and is no fault. */
const patienceMs = 20_000;
const shortPatienceMs = 500;

interface Outcome {
  readonly error?: PycontainerError;
}

async function withClient(
  host: string,
  task: (client: RegistryClient, host: string) => Promise<void>,
  waitMs = patienceMs,
): Promise<Outcome> {
  const sleep = async (): Promise<void> => undefined;
  const http = createHttp({ env: {}, sleep, headersTimeoutMs: waitMs, stallTimeoutMs: waitMs });
  const credentials = { find: async (asked: string) => Promise.resolve(asked === host ? password : undefined) };
  const client = new RegistryClient({ http, settings: new Map(), credentials, sleep, commitTimeoutMs: waitMs });
  try {
    await task(client, host);
    return {};
  } catch (error) {
    assert(error instanceof PycontainerError, String(error));
    return { error };
  } finally {
    await http.close();
  }
}

async function push(client: RegistryClient, host: string): Promise<void> {
  const repository = { host, repository: 'a' };
  for (const { descriptor, bytes } of [image.config, ...image.layers]) {
    await client.pushBlob(repository, descriptor, () => Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]));
  }
  const { descriptor, bytes } = image.manifest;
  await client.pushManifest(repository, descriptor.digest, descriptor.mediaType, bytes);
  await client.pushManifest(repository, 'x', descriptor.mediaType, bytes);
}

async function pull(client: RegistryClient, host: string): Promise<void> {
  const { descriptor } = await client.resolve(parseReference(`${host}/a:x`));
  assert.equal(descriptor.digest, image.manifest.descriptor.digest);
  for (const { descriptor, bytes } of [image.config, ...image.layers]) {
    const stream = await client.blob({ host, repository: 'a' }, descriptor);
    assert.deepEqual(Buffer.concat(await stream.toArray()), bytes);
  }
}

/** Whatever happened, the tag points to a whole image, and every blob is what its digest says. */
function assertWhole(registry: MemoryRegistry, done: boolean): void {
  const { tags, manifests, blobs } = registry.repository('a');
  const tagged = tags.get('x');
  if (done) assert.equal(tagged, image.manifest.descriptor.digest);
  const whole = tagged === image.manifest.descriptor.digest ? image : before;
  assert.equal(tagged, whole.manifest.descriptor.digest);
  assert(manifests.has(tagged ?? ''));
  for (const { descriptor, bytes } of [whole.config, ...whole.layers]) {
    assert.deepEqual(blobs.get(descriptor.digest), bytes);
  }
}

/** A fault that comes once, and the codes that it may end with; none: it must be survived at every request. */
const once: [string, Fault, ErrorCode[]][] = [
  ['a reset before the answer', { kind: 'reset', afterBytes: 0 }, []],
  ['a reset in the answer', { kind: 'reset', afterBytes: 3 }, []],
  ['a reset in the upload', { kind: 'reset-upload', afterBytes: 5 }, []],
  ['an answer that is lost', { kind: 'lose-answer' }, []],
  ['500', { kind: 'status', status: 500 }, []],
  ['502', { kind: 'status', status: 502 }, []],
  ['429 with Retry-After', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }, []],
  ['a stall before the answer', { kind: 'stall', afterBytes: -1 }, []],
  ['a stall in the answer', { kind: 'stall', afterBytes: 3 }, []],
  ['a drip', { kind: 'drip' }, []],
  ['a body cut short that looks whole', { kind: 'truncate' }, ['digest-mismatch']],
  ['a byte changed', { kind: 'corrupt' }, ['digest-mismatch']],
  ['a body too long', { kind: 'lengthen' }, ['digest-mismatch']],
  ['a wrong digest in the header', { kind: 'wrong-digest-header' }, ['digest-mismatch']],
  ['a redirect loop', { kind: 'redirect-loop' }, ['network']],
];

for (const direction of ['push', 'pull'] as const) {
  describe(`a ${direction} with one fault at each request in turn`, () => {
    for (const [name, fault, codes] of once) {
      it(`${name}: survived, or refused with its code`, async () => {
        const count = await tryWith(direction, () => undefined);
        assert(count >= 4, `only ${count} requests`);
        const indexes = Array.from({ length: count }, (_, index) => index);
        const waitMs = fault.kind === 'stall' || fault.kind === 'drip' ? shortPatienceMs : patienceMs;
        await Promise.all(
          indexes.map(async (index) => tryWith(direction, (at) => (at === index ? fault : undefined), codes, waitMs)),
        );
      });
    }
  });
}

/** Runs a push or a pull through faults, and asserts that all is right afterwards. Gives the count of requests. */
async function tryWith(
  direction: 'push' | 'pull',
  choose: (index: number) => Fault | undefined,
  codes: readonly ErrorCode[] = [],
  waitMs = patienceMs,
): Promise<number> {
  await using registry = await registryWithLogin();
  if (direction === 'pull') fill(registry);
  await using proxy = await faultProxy(registry.host, ({ index }) => choose(index));
  const { error } = await withClient(proxy.host, direction === 'push' ? push : pull, waitMs);
  const refused = error === undefined || codes.includes(error.code);
  assert(refused, `${error?.code}: ${error?.message} after ${proxy.requests.join(', ')}`);
  assertWhole(registry, error === undefined);
  return proxy.requests.length;
}

function fill(registry: MemoryRegistry): void {
  const repository = registry.repository('a');
  for (const { descriptor, bytes } of [image.config, ...image.layers]) repository.blobs.set(descriptor.digest, bytes);
  const { descriptor, bytes } = image.manifest;
  repository.manifests.set(descriptor.digest, { mediaType: descriptor.mediaType, bytes });
  repository.tags.set('x', descriptor.digest);
}

describe('faults that stay', () => {
  const always = async (direction: 'push' | 'pull', fault: Fault, code: ErrorCode): Promise<number> =>
    tryWith(direction, (index) => (index === 0 ? undefined : fault), [code]);

  it('a host that is broken is given up after some tries, with its answer', async () => {
    await always('pull', { kind: 'status', status: 503 }, 'registry-answer');
    const asked = await always('push', { kind: 'status', status: 500 }, 'registry-answer');
    assert(asked < 30, `${asked} requests`);
  });

  it('a host that always breaks off is given up', async () => {
    const asked = await always('pull', { kind: 'reset', afterBytes: 0 }, 'network');
    assert(asked < 30, `${asked} requests`);
  });

  it('a host that asks to wait for an hour is not waited for', async () => {
    const fault: Fault = { kind: 'status', status: 429, headers: { 'retry-after': '3600' } };
    assert.equal(await always('pull', fault, 'registry-rate-limit'), 2);
  });

  it('a blob that breaks off again and again still comes, as long as it gets on', async () => {
    await using registry = await registryWithLogin();
    fill(registry);
    const fault: Fault = { kind: 'reset', afterBytes: 100_000 };
    await using proxy = await faultProxy(registry.host, ({ path }) => (path.includes('/blobs/') ? fault : undefined));
    const { error } = await withClient(proxy.host, pull);
    assert.equal(error, undefined);
    assert(proxy.requests.length > 10);
  });

  it('a blob that a server without Range sends whole again is taken up where it broke off', async () => {
    await using server = await serve((request, response) => {
      const { bytes } = image.layers[0]!;
      const whole = server.requests.length > 3;
      if (request.url === '/v2/') response.end();
      else if (whole) response.end(bytes);
      else
        response
          .writeHead(200, { 'content-length': bytes.length })
          .write(bytes.subarray(0, 200_000), () => response.destroy());
    });
    const { error } = await withClient(server.host, async (client, host) => {
      const stream = await client.blob({ host, repository: 'a' }, image.layers[0]!.descriptor);
      assert.deepEqual(Buffer.concat(await stream.toArray()), image.layers[0]!.bytes);
    });
    assert.equal(error, undefined);
  });
});

describe('a broken upload', () => {
  const patchIs = (method: string): boolean => method === 'PATCH';

  it('is taken up where it broke off', async () => {
    await using registry = await registryWithLogin();
    let broken = false;
    await using proxy = await faultProxy(registry.host, ({ method }) => {
      if (broken || !patchIs(method)) return undefined;
      broken = true;
      return { kind: 'reset-upload', afterBytes: 500_000 };
    });
    const { error } = await withClient(proxy.host, push);
    assert.equal(error, undefined);
    assertWhole(registry, true);
    const uploads = proxy.requests.filter((request) => request.includes('/uploads/'));
    assert.deepEqual(
      uploads.slice(2).map((request) => request.split(' ')[0]),
      ['POST', 'PATCH', 'GET', 'PATCH', 'PUT'],
    );
  });

  it('is taken up as often as it gets on', async () => {
    await using registry = await registryWithLogin();
    const fault: Fault = { kind: 'reset-upload', afterBytes: 100_000 };
    await using proxy = await faultProxy(registry.host, ({ method }) => (patchIs(method) ? fault : undefined));
    const { error } = await withClient(proxy.host, push);
    assert.equal(error, undefined);
    assertWhole(registry, true);
    assert(proxy.requests.filter((request) => request.startsWith('PATCH')).length > 8);
  });

  it('is begun anew where the registry has forgotten it', async () => {
    await using registry = await registryWithLogin(true);
    let broken = false;
    await using proxy = await faultProxy(registry.host, ({ method }) => {
      if (broken || !patchIs(method)) return undefined;
      broken = true;
      return { kind: 'reset-upload', afterBytes: 500_000 };
    });
    const { error } = await withClient(proxy.host, push);
    assert.equal(error, undefined);
    assertWhole(registry, true);
  });
});

describe('credentials', () => {
  it('go to no other host, whatever it is that redirects', async () => {
    for (const direction of ['push', 'pull'] as const) {
      const seen: (string | undefined)[] = [];
      await using elsewhere = await serve((request, response) => {
        seen.push(request.headers.authorization);
        request.resume();
        response.writeHead(401, { 'www-authenticate': 'Basic realm="give me"' }).end();
      });
      const count = await tryWith(direction, () => undefined);
      for (let index = 0; index < count; index += 1) {
        const fault: Fault = { kind: 'redirect', origin: elsewhere.url };
        await tryWith(direction, (at) => (at === index ? fault : undefined), [
          'registry-unauthorized',
          'network',
          'registry-answer',
        ]);
      }
      assert(seen.length >= count - 1, `${seen.length} of ${count} requests came elsewhere`);
      assert.deepEqual(new Set(seen), new Set([undefined]));
    }
  });

  it('are left out when a blob is fetched from where the registry keeps it', async () => {
    await using storage = await serve((request, response) => {
      assert.equal(request.headers.authorization, undefined);
      response.end(image.layers[0]!.bytes);
    });
    await using registry = await registryWithLogin();
    fill(registry);
    const fault: Fault = { kind: 'redirect', origin: storage.url };
    const { digest } = image.layers[0]!.descriptor;
    await using proxy = await faultProxy(registry.host, ({ path }) => (path.includes(digest) ? fault : undefined));
    const { error } = await withClient(proxy.host, pull);
    assert.equal(error, undefined);
    assert.equal(storage.requests.length, 1);
  });

  it('do not follow an upload that is sent to another host', async () => {
    const seen: (string | undefined)[] = [];
    await using elsewhere = await serve((request, response) => {
      seen.push(request.headers.authorization);
      request.resume();
      response.writeHead(201).end();
    });
    await using server = await serve((request, response) => {
      request.resume();
      if (request.method === 'POST') response.writeHead(202, { location: `${elsewhere.url}/upload` }).end();
      else if (request.method === 'HEAD') response.writeHead(404).end();
      else
        response.writeHead(request.headers.authorization === basic ? 200 : 401, { 'www-authenticate': 'Basic' }).end();
    });
    const { error } = await withClient(server.host, async (client, host) => {
      const { descriptor, bytes } = image.config;
      await client.pushBlob({ host, repository: 'a' }, descriptor, () => Readable.from([bytes]));
    });
    assert.equal(error, undefined);
    assert.deepEqual(seen, [undefined]);
  });
});
