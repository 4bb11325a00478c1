import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { Event } from '../../src/events.ts';
import type { LayerNode } from '../../src/plan/plan.ts';
import { type MemoryRegistry, memoryRegistry, type MemoryRegistryOptions } from '../support/memory-registry.ts';
import { staleOf } from '../support/project.ts';
import { builder, cacheWarnings, lie, nodeOf, of, remap, upWithoutWheels } from './builders.ts';
import { imageOf } from './image-files.ts';

describe('what a cache has wrong is told, made here, and put right', () => {
  const harms: Readonly<
    Record<string, readonly [(registry: MemoryRegistry, node: LayerNode) => void, stale: boolean]>
  > = {
    'a blob that is gone': [
      (registry, { layer }) => void registry.repository('cache').blobs.delete(layer?.digest ?? ''),
      false,
    ],
    'a blob with a bit flipped': [
      (registry, { layer }) => {
        const bytes = Buffer.from(registry.repository('cache').blobs.get(layer?.digest ?? '') ?? []);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        registry.repository('cache').blobs.set(layer?.digest ?? '', bytes);
      },
      false,
    ],
    'a blob that is cut off': [
      (registry, { layer }) => {
        const bytes = registry.repository('cache').blobs.get(layer?.digest ?? '') ?? Buffer.alloc(0);
        registry.repository('cache').blobs.set(layer?.digest ?? '', bytes.subarray(0, -9));
      },
      false,
    ],
    'another DiffId than the blob has': [lie, false],
    'the mapping of another key': [
      (registry, { key }) => remap(registry, key, (text) => text.replaceAll(key, `sha256:${'0'.repeat(64)}`)),
      true,
    ],
    'something that is no layer': [
      (registry, { key }) => remap(registry, key, (text) => text.replace('pycontainer', 'other')),
      true,
    ],
    'a manifest that is torn': [
      (registry, { key }) => remap(registry, key, (text) => text.replace('\\"diffId', '')),
      true,
    ],
  };
  for (const [what, [harm, isStale]] of Object.entries(harms)) {
    for (const kind of ['package', 'venv', 'app'] as const) {
      it(`${what}, of the ${kind} layer`, async () => {
        await using registry = await memoryRegistry();
        await using first = await builder(registry, { to: 'cache' });
        const { plan: made } = await first.up();
        const before = imageOf(first).digest;
        const node = nodeOf(await first.plan(), kind);
        harm(registry, node);
        await using second = await builder(registry, { to: 'cache' });
        const { plan, result, events } = await second.up();
        assert.deepEqual([staleOf(plan), result.built], [isStale ? [node.title] : [], 1]);
        assert.equal(imageOf(second).digest, before);
        const [warning, ...others] = cacheWarnings(events);
        assert.match(
          warning ?? '',
          new RegExp(`^cache-unreadable: ${registry.host}/cache:layer-[0-9a-f]{64} cannot be used: `),
        );
        assert.deepEqual(others, []);
        assert.equal(made.layers.length, 4);
        const reasons = of(events, 'node-started').flatMap(({ node, reasons }) =>
          node.startsWith('output') || node.startsWith('cache') ? [] : reasons,
        );
        const cache = `${registry.host}/cache`;
        assert.deepEqual(
          reasons,
          isStale ? [{ kind: 'never-built' }] : [{ kind: 'cache-lost', cache, digest: node.layer?.digest }],
        );
        if (what.includes('flipped') || what.includes('cut off')) return;
        await using third = await builder(registry);
        const after = await upWithoutWheels(third);
        assert.deepEqual([after.result.built, cacheWarnings(after.events)], [0, []]);
      });
    }
  }
});

/** A registry in front of which a guard stands from some moment on. */
async function guarded(
  guard: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<MemoryRegistry & { close: () => void }> {
  let isClosed = false;
  const options: MemoryRegistryOptions = { guard: (request, response) => isClosed && guard(request, response) };
  return Object.assign(await memoryRegistry(options), { close: () => (isClosed = true) });
}

const answer =
  (status: number, isRefused: (request: IncomingMessage) => boolean) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!isRefused(request)) return false;
    request.resume();
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end('{"errors":[{"code":"DENIED","message":"no"}]}');
    return true;
  };

describe('a registry that fails is told in one warning, and the build goes on', () => {
  it('where nobody answers', async () => {
    await using registry = await memoryRegistry();
    await using project = await builder(registry, { from: 'cache', to: 'other' });
    await registry[Symbol.asyncDispose]();
    const { result, events } = await project.up();
    assert.equal(result.built, 4);
    assert.deepEqual(
      cacheWarnings(events).map((text) => text.replace(/:\d+/, '').split(': ').slice(0, 2)),
      [
        ['cache-unreadable', '127.0.0.1/cache gives no layers'],
        ['cache-unwritable', '127.0.0.1/other takes no layers'],
      ],
    );
  });

  it('where reading is not allowed', async () => {
    await using registry = await guarded(answer(403, () => true));
    registry.close();
    await using project = await builder(registry);
    const { result, events } = await project.up();
    assert.deepEqual([result.built, cacheWarnings(events).length], [4, 1]);
    assert.equal(registry.requests.filter((line) => line.includes('/manifests/')).length, 1, 'asked once');
  });

  it('where writing is not allowed, as for pull requests', async () => {
    await using registry = await guarded(answer(403, ({ method }) => !['GET', 'HEAD'].includes(method ?? '')));
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    registry.close();
    await using second = await builder(registry, { to: 'cache' });
    second.write({ 'main.py': 'changed\n' });
    const { plan, result, events } = await second.up();
    assert.deepEqual([staleOf(plan), result.built], [['app'], 1]);
    assert.deepEqual(
      cacheWarnings(events).map((text) => text.split(':')[0]),
      ['cache-unwritable'],
    );
    assert(fs.existsSync(second.path('.pycontainer/images/api/index.json')));
  });

  it('where it goes down between plan and build', async () => {
    await using registry = await guarded(answer(403, () => true));
    await using first = await builder(registry, { to: 'cache' });
    await first.up();
    await using second = await builder(registry);
    const events: Event[] = [];
    const { workspace, config } = await second.open({ emit: (event) => void events.push(event) });
    await using opened = workspace;
    const plan = await opened.plan([...config.targets.values()]);
    assert.deepEqual(staleOf(plan), []);
    registry.close();
    assert.equal((await opened.build(plan)).built, 4);
    assert.equal(cacheWarnings(events).length, 1);
    assert.equal(imageOf(second).digest, imageOf(first).digest);
  });
});
