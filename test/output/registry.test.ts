import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createHttp } from '../../src/http.ts';
import type { TargetImage } from '../../src/image/image.ts';
import type { Output } from '../../src/output/output.ts';
import { registryOutput } from '../../src/output/registry.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { type Fault, faultProxy } from '../support/fault-proxy.ts';
import { memoryRegistry, type MemoryRegistry, type MemoryRegistryOptions } from '../support/memory-registry.ts';
import { imageWith, type Place, temporaryPlace } from './images.ts';
import { named } from './outputs.ts';

interface Rig extends AsyncDisposable {
  readonly place: Place;
  readonly registry: MemoryRegistry;
  readonly client: RegistryClient;
  output(host: string, ...tags: string[]): Output;
}

async function rig(options: MemoryRegistryOptions = {}): Promise<Rig> {
  const place = await temporaryPlace();
  const registry = await memoryRegistry(options);
  const sleep = async (): Promise<void> => undefined;
  const http = createHttp({ env: {}, sleep });
  const client = new RegistryClient({
    http,
    settings: new Map(),
    credentials: { find: async () => Promise.resolve(undefined) },
    sleep,
  });
  return {
    place,
    registry,
    client,
    output: (host, ...tags) => registryOutput(named(`${host}/acme/api`, tags), client, place.sources),
    async [Symbol.asyncDispose]() {
      await http.close();
      await registry[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

it('puts the tags last, after everything that they name', async () => {
  await using test = await rig();
  const image = await imageWith(test.place, 'one', [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ]);
  await test.output(test.registry.host, 'dev', 'v1').deliver(image);
  const puts = test.registry.requests
    .filter((request) => request.startsWith('PUT'))
    .map((request) => request.split('?')[0]);
  const manifests = puts.slice(-5).map((request) => request?.split('/manifests/')[1]);
  const [amd64, arm64] = image.images.map(({ manifest }) => manifest.descriptor.digest);
  assert.deepEqual(manifests, [amd64, arm64, image.root.descriptor.digest, 'dev', 'v1']);
  assert(puts.slice(0, -5).every((request) => request?.includes('/blobs/uploads/')));
});

it('leaves the tag where it was, whichever request of a push fails before it', async () => {
  await using test = await rig();
  const before = await imageWith(test.place, 'one');
  await test.output(test.registry.host, 'dev').deliver(before);
  const { tags } = test.registry.repository('acme/api');
  let index = 0;
  let failures = 0;
  for (let requests = 1; index < requests; index += 1) {
    const image = await imageWith(test.place, `after ${index}`);
    const standing = tags.get('dev');
    const fault: Fault = { kind: 'status', status: 403 };
    await using proxy = await faultProxy(test.registry.host, (exchange) =>
      exchange.index === index ? fault : undefined,
    );
    const failed = await fails(test.output(proxy.host, 'dev'), image);
    assert.equal(tags.get('dev'), failed ? standing : image.root.descriptor.digest, `request ${index}`);
    requests = proxy.requests.length;
    failures += failed ? 1 : 0;
  }
  assert(index >= 9 && failures >= 6, `of ${index} requests ${failures} failed the push`);
});

it('begins nothing more after a failure', async () => {
  await using test = await rig({
    guard: (request, response) => {
      if (request.method !== 'POST') return false;
      request.resume();
      response.writeHead(403, { 'content-length': '0' }).end();
      return true;
    },
  });
  const image = await imageWith(
    test.place,
    'one',
    Array.from({ length: 9 }, (_, index) => ({ os: 'linux', architecture: 'arm', variant: `v${index}` })),
  );
  assert(await fails(test.output(test.registry.host, 'dev'), image));
  const uploads = test.registry.requests.filter((request) => request.startsWith('POST'));
  assert(uploads.length <= 4, `${uploads.length} uploads of 11 began`);
});

it('mounts the layers of a base that lies in the same registry, and reads them from nowhere', async () => {
  await using test = await rig();
  const made = await imageWith(test.place, 'one');
  const base = made.images[0]?.layers[0];
  assert(base !== undefined);
  const { host } = test.registry;
  test.registry.repository('library/python').blobs.set(base.descriptor.digest, Buffer.from('never read'));
  const origin = { kind: 'registry', host, repository: 'library/python' } as const;
  const images = made.images.map((one) => ({ ...one, layers: [{ ...base, origin }, ...one.layers.slice(1)] }));
  const { skippedBlobs } = await test.output(host, 'dev').deliver({ ...made, images });
  assert.equal(skippedBlobs, 1);
  assert.equal(
    test.registry.requests.filter((request) => request.startsWith('GET') && request.includes('/blobs/')).length,
    0,
  );
});

it('sends only the tag that is missing when the image is there under another', async () => {
  await using test = await rig();
  const image = await imageWith(test.place, 'one');
  const output = test.output(test.registry.host, 'dev', 'v1');
  await output.deliver(image);
  test.registry.repository('acme/api').tags.delete('v1');
  assert.equal(await output.lacks(image), 'the tag v1');
  const from = test.registry.requests.length;
  await output.deliver(image);
  const tagged = test.registry.requests.slice(from).filter((request) => /^PUT .*\/manifests\/(?!sha256)/.test(request));
  assert.deepEqual(tagged, ['PUT /v2/acme/api/manifests/v1']);
});

async function fails(output: Output, image: TargetImage): Promise<boolean> {
  return output.deliver(image).then(
    () => false,
    () => true,
  );
}
