import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkspaceOptions } from '../../src/index.ts';
import { type MemoryRegistry, memoryRegistry } from '../support/memory-registry.ts';
import { type Project, staleOf } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import {
  blobReads,
  builder,
  cacheWarnings,
  downloads,
  heavy,
  lie,
  needy,
  nodeOf,
  of,
  pushed,
  upWithoutWheels,
} from './builders.ts';
import { filesOf, imageOf } from './image-files.ts';

it('a second builder makes nothing, reads no wheel, and its image is the same, with the same warnings', async () => {
  await using registry = await memoryRegistry();
  await using first = await builder(registry, { to: 'cache' });
  const made = await first.up();
  assert.deepEqual(
    of(made.events, 'layers-kept').map(({ sentLayers, presentLayers }) => [sentLayers, presentLayers]),
    [[4, 0]],
  );
  await using second = await builder(registry);
  const { plan, result, events } = await upWithoutWheels(second);
  assert.deepEqual([staleOf(plan), result.built, result.fresh], [[], 0, 4]);
  assert.deepEqual(
    of(events, 'layer-found').map(({ cache }) => cache),
    Array.from({ length: 4 }, () => `${registry.host}/cache`),
  );
  assert.deepEqual(imageOf(second).digest, imageOf(first).digest);
  assert.deepEqual(
    plan.layers.flatMap(({ warnings }) => warnings.map(({ message, location }) => [message, location?.line])),
    [['needy requires absent, which is not among the packages', 4]],
  );
  const requests = registry.requests.length;
  assert.equal((await second.up()).result.built, 0);
  assert.equal(registry.requests.length, requests, 'what was fetched is kept');
});

it('a venv layer is made without the wheels whose layers the cache has', async () => {
  await using registry = await memoryRegistry();
  await using first = await builder(registry, { to: 'cache' });
  await first.up();
  for (const more of ['', pushed(registry)]) {
    await using second = await builder(registry, { more });
    await second.writeWheels(heavy, needy, { name: 'other' });
    const { plan, result } = await upWithoutWheels(second, {}, /^heavy/);
    assert.deepEqual([staleOf(plan), result.built], [['2 packages', 'venv'], 2]);
    if (more !== '') continue;
    const record = (await filesOf(imageOf(second))).get(
      'opt/venv/lib/python3.12/site-packages/heavy-1.0.dist-info/RECORD',
    );
    assert.match(record ?? '', /^heavy\.bin,sha256=[\w-]{43},1100000$/m);
  }
});

describe('where the registry of the cache is the one of the image', () => {
  it('a layer is mounted, and nothing but facts and tags is read', async () => {
    await using registry = await memoryRegistry();
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    await using second = await builder(registry, { more: pushed(registry) });
    const { result, events } = await upWithoutWheels(second);
    assert.deepEqual([result.built, downloads(events), blobReads(registry, 'cache')], [0, 0, 0]);
    const tagged = (name: string): string | undefined => registry.repository(name).tags.get('dev');
    await using third = await builder(registry, { from: '', more: pushed(registry, 'third') });
    await third.up();
    assert.equal(tagged('api'), tagged('third'), 'the same image as without a cache');
  });

  it('a layer that the registry does not mount is checked on its way through', async () => {
    await using registry = await memoryRegistry({ refuseMounts: true });
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    await using second = await builder(registry, { more: pushed(registry) });
    assert.equal((await upWithoutWheels(second)).result.built, 0);
    lie(registry, nodeOf(await second.plan(), 'app'));
    await using third = await builder(registry, { more: pushed(registry, 'third') });
    await rejectsWith(third.up(), 'digest-mismatch', /holds sha256:.*, and should hold/);
  });

  it('a layer is fetched all the same where an output on this machine lacks it', async () => {
    await using registry = await memoryRegistry();
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    const more = `, tags: ["${registry.host}/api:dev"], outputs: [{type: registry}, {type: oci}]`;
    await using second = await builder(registry, { more });
    assert.equal(downloads((await upWithoutWheels(second)).events), 4);
  });

  it('layers that were pushed with the image are mounted into the cache', async () => {
    await using registry = await memoryRegistry();
    await using first = await builder(registry, { to: 'cache', more: pushed(registry) });
    await first.up();
    const layers = [...registry.repository('api').blobs.keys()].filter((digest) =>
      registry.repository('cache').blobs.has(digest),
    );
    assert.equal(layers.length, 4);
    for (const digest of layers)
      assert(!registry.requests.some((line) => line.startsWith('PATCH') && line.includes(digest)));
    assert.equal(registry.requests.filter((line) => /^POST .*cache.*mount=.*from=api/.test(line)).length, 4);
  });
});

describe('a cache is not asked', () => {
  it('offline, nor written to', async () => {
    await using registry = await memoryRegistry();
    await using project = await builder(registry, { to: 'cache' });
    const { result, events } = await project.up({ offline: true });
    assert.deepEqual([result.built, registry.requests, cacheWarnings(events)], [4, [], []]);
  });

  it('with --no-cache, and what it has is replaced by what was made', async () => {
    await using registry = await memoryRegistry();
    await using project = await builder(registry, { to: 'cache' });
    await project.up();
    lie(registry, nodeOf(await project.plan(), 'app'));
    const before = registry.requests.length;
    assert.equal((await project.up({ noCache: true })).result.built, 4);
    assert(!registry.requests.slice(before).some((line) => /^GET .*(manifests|blobs)/.test(line)));
    await using second = await builder(registry);
    assert.deepEqual(cacheWarnings((await upWithoutWheels(second)).events), []);
  });

  it('for layers that are in the store; and nothing is written that it has', async () => {
    await using registry = await memoryRegistry();
    await using project = await builder(registry, { to: 'cache' });
    await project.up();
    const before = registry.requests.length;
    const { events } = await project.up();
    assert.deepEqual(
      of(events, 'layers-kept').map(({ sentLayers, presentLayers }) => [sentLayers, presentLayers]),
      [[0, 4]],
    );
    assert(registry.requests.slice(before).every((line) => line.startsWith('HEAD') || line === 'GET /v2/'));
    assert.equal(registry.requests.slice(before).filter((line) => line.startsWith('HEAD')).length, 4);
  });
});

describe('what came from a cache is given only to who asks that cache', () => {
  const inStoreOf = (project: Project, other: Project): void => {
    other.env['PYCONTAINER_STORE'] = project.storeFolder;
  };

  it('and no other project of the same store', async () => {
    await using registry = await memoryRegistry();
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    await using trusting = await builder(registry);
    assert.equal((await upWithoutWheels(trusting)).result.built, 0);
    for (const from of ['', 'another']) {
      await using other = await builder(registry, { from });
      inStoreOf(trusting, other);
      assert.deepEqual((await other.up()).result.built, from === '' ? 4 : 0, 'what was made here is for all');
    }
    await using alike = await builder(registry);
    inStoreOf(trusting, alike);
    const requests = registry.requests.length;
    assert.equal((await alike.up({ offline: true })).result.built, 0);
    assert.equal(registry.requests.length, requests);
  });

  it('nor is a venv layer that was made of what it said', async () => {
    await using registry = await memoryRegistry();
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    const [trusting, other] = [await builder(registry), await builder(registry, { from: '' })];
    await using _ = trusting;
    await using __ = other;
    inStoreOf(trusting, other);
    for (const project of [trusting, other]) await project.writeWheels(heavy, needy, { name: 'other' });
    assert.equal((await upWithoutWheels(trusting, {}, /^heavy/)).result.built, 2);
    const again = await trusting.up({ offline: true });
    assert.deepEqual(staleOf(again.plan), []);
    assert.deepEqual(staleOf(await other.plan()), ['heavy 1.0', 'venv', 'app']);
  });

  it('nor after --no-cache', async () => {
    await using registry = await memoryRegistry();
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    await using second = await builder(registry);
    await second.up();
    assert.equal((await second.up({ noCache: true })).result.built, 4);
    await using other = await builder(registry, { from: '' });
    inStoreOf(second, other);
    assert.deepEqual(staleOf(await other.plan()), []);
  });
});

describe('who builds again and again', () => {
  const rounds = async (
    registry: MemoryRegistry,
    options: WorkspaceOptions,
  ): Promise<readonly (readonly string[])[]> => {
    await using project = await builder(registry, { to: 'cache' });
    const { workspace, config } = await project.open(options);
    await using opened = workspace;
    const asked: string[][] = [];
    for (const text of ['1', '2', '3']) {
      project.write({ 'main.py': text });
      const before = registry.requests.length;
      await opened.build(await opened.plan([...config.targets.values()]));
      asked.push(registry.requests.slice(before).filter((line) => line !== 'GET /v2/'));
    }
    return asked;
  };

  it('asks for the app once only', async () => {
    await using registry = await memoryRegistry();
    const [first, ...others] = await rounds(registry, { caches: 'read' });
    assert.deepEqual([first?.length, others], [4, [[], []]]);
  });

  it('neither asks nor writes where caches are not to be used', async () => {
    await using registry = await memoryRegistry();
    assert.deepEqual(await rounds(registry, { caches: 'no' }), [[], [], []]);
  });
});

it('a cache is filled from another one, layers and facts', async () => {
  await using registry = await memoryRegistry();
  await using first = await builder(registry, { to: 'cache' });
  await first.up();
  await using second = await builder(registry, { to: 'copy', more: pushed(registry) });
  await upWithoutWheels(second);
  await using third = await builder(registry, { from: 'copy' });
  await third.writeWheels(heavy, needy, { name: 'other' });
  assert.equal((await upWithoutWheels(third, {}, /^heavy/)).result.built, 2);
});

it('places in files of one project do not reach another through the cache', async () => {
  await using registry = await memoryRegistry();
  await using first = await builder(registry, { to: 'cache' });
  await first.up();
  for (const { bytes } of registry.repository('cache').manifests.values())
    assert(!/requirements\.txt|location/.test(bytes.toString()));
});
