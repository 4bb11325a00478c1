import assert from 'node:assert/strict';
import fs from 'node:fs';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { TargetImage } from '../../src/image/image.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { engineOutput } from '../../src/output/engine.ts';
import type { DeliveryWay } from '../../src/events.ts';
import type { Output } from '../../src/output/output.ts';
import { ownerName } from '../../src/store/owner.ts';
import { rejectsWith } from '../support/rejects.ts';
import { appLayerOf, imageWith, type Place, temporaryPlace } from './images.ts';
import { type MemoryEngine, memoryEngine, type MemoryEngineOptions } from './memory-engine.ts';

interface Case extends MemoryEngineOptions {
  readonly way: DeliveryWay;
  /** How many blobs go for the first image of two layers, and for the second one with another app layer. */
  readonly first: number;
  readonly second: number;
}

const cases: Readonly<Record<string, Case>> = {
  "Docker's classic store": { store: 'chains', way: 'missing-layers', first: 3, second: 2 },
  'Docker in a virtual machine': { store: 'chains', isVirtual: true, way: 'missing-layers', first: 3, second: 2 },
  'Docker with containerd': { store: 'blobs', way: 'pull', first: 3, second: 2 },
  'Docker with containerd in a virtual machine': { store: 'blobs', isVirtual: true, way: 'whole', first: 4, second: 4 },
  Podman: { store: 'containers', way: 'pull', first: 3, second: 2 },
  'Podman in a virtual machine': { store: 'containers', isVirtual: true, way: 'whole', first: 3, second: 3 },
};

function output(engine: MemoryEngine, place: Place, ...names: string[]): Output {
  return engineOutput(engine, names.map(parseReference), place.sources);
}

function idOf({ store }: MemoryEngineOptions, { images }: TargetImage): string | undefined {
  return store === 'blobs' ? images[0]?.manifest.descriptor.digest : images[0]?.config.descriptor.digest;
}

for (const [what, options] of Object.entries(cases)) {
  describe(`an engine: ${what}`, () => {
    const promise = (says: string, check: (engine: MemoryEngine, place: Place) => Promise<void>): void => {
      void it(says, async () => {
        await using place = await temporaryPlace();
        await check(memoryEngine(options), place);
      });
    };

    promise(
      'lacks an image until it is delivered, then holds it under each name and no other',
      async (engine, place) => {
        const image = await imageWith(place, 'one');
        const both = output(engine, place, 'api:dev', 'ghcr.io/acme/api:v1');
        assert.equal(await both.lacks(image), 'api:dev, ghcr.io/acme/api:v1');
        const { sentBlobs, sentBytes, way } = await both.deliver(image);
        assert.deepEqual([way, sentBlobs], [options.way, options.first]);
        assert(sentBytes > 0);
        assert.equal(await both.lacks(image), undefined);
        assert.deepEqual([...engine.images.keys()], [idOf(options, image)]);
        assert.deepEqual([...(engine.images.values().next().value?.names ?? [])], ['api:dev', 'ghcr.io/acme/api:v1']);
      },
    );

    promise('is sent nothing the second time, nor for a new name', async (engine, place) => {
      const image = await imageWith(place, 'one');
      await output(engine, place, 'api').deliver(image);
      const before = engine.received.length;
      for (const names of [['api'], ['api', 'api:v2']]) {
        const again = await output(engine, place, ...names).deliver(image);
        assert.deepEqual([again.sentBytes, again.sentBlobs, again.way], [0, 0, undefined]);
      }
      assert.equal(engine.received.length, before);
      assert.equal(await output(engine, place, 'api:v2').lacks(image), undefined);
    });

    promise('is sent what it lacks after a change, and loses the old image', async (engine, place) => {
      await output(engine, place, 'api').deliver(await imageWith(place, 'one'));
      const image = await imageWith(place, 'two');
      const { sentBlobs, way } = await output(engine, place, 'api').deliver(image);
      assert.deepEqual([way, sentBlobs], [options.way, options.second]);
      assert.deepEqual([...engine.images.keys()], [idOf(options, image)]);
    });

    promise('keeps an old image that a container uses until none does', async (engine, place) => {
      const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((text) => imageWith(place, text)));
      assert(one !== undefined && two !== undefined && three !== undefined);
      const target = output(engine, place, 'api');
      await target.deliver(one);
      engine.used.add(idOf(options, one) ?? '');
      await target.deliver(two);
      assert.deepEqual([...engine.images.keys()], [idOf(options, one), idOf(options, two)]);
      engine.used.clear();
      await target.deliver(three);
      assert.deepEqual([...engine.images.keys()], [idOf(options, three)]);
    });

    promise('keeps an old image that somebody gave a name, and images of others', async (engine, place) => {
      engine.images.set('sha256:foreign', { layers: ['x'], names: new Set(['api:latest']) });
      const one = await imageWith(place, 'one');
      await output(engine, place, 'api').deliver(one);
      assert(engine.images.has('sha256:foreign'), 'it lost its name, and is left to the user');
      engine.images.get(idOf(options, one) ?? '')?.names.add('keep:me');
      await output(engine, place, 'api').deliver(await imageWith(place, 'two'));
      assert(engine.images.has(idOf(options, one) ?? ''));
    });

    promise(
      'keeps what it had when a blob of the store is damaged, and the error says which',
      async (engine, place) => {
        const before = await imageWith(place, 'one');
        await output(engine, place, 'api').deliver(before);
        const image = await imageWith(place, 'two');
        const { digest } = appLayerOf(image).descriptor;
        fs.writeFileSync(place.store.blobPath(digest), 'no layer');
        const error = await rejectsWith(output(engine, place, 'api').deliver(image), 'store-blob-damaged');
        assert(error.message.includes(digest));
        assert.equal(await output(engine, place, 'api').lacks(before), undefined);
      },
    );

    promise('keeps what it had when a delivery is stopped', async (engine, place) => {
      const before = await imageWith(place, 'one');
      await output(engine, place, 'api').deliver(before);
      const stop = new AbortController();
      const stopped = output(engine, place, 'api').deliver(await imageWith(place, 'two'), {
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      await rejectsWith(stopped, 'interrupted');
      assert.equal(await output(engine, place, 'api').lacks(before), undefined);
    });

    promise('tells its progress up to the end', async (engine, place) => {
      const seen: [number, number][] = [];
      const onProgress = (...bytes: [number, number]): void => void seen.push(bytes);
      await output(engine, place, 'api').deliver(await imageWith(place, 'one'), { onProgress });
      assert(seen.length > 0);
      assert.equal(seen.at(-1)?.[0], seen.at(-1)?.[1]);
    });
  });
}

const twoPlatforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));

it('an engine gets the image of its own platform, and the only one whatever it is', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'chains', platform: { os: 'linux', architecture: 'arm64' } });
  const both = await imageWith(place, 'one', twoPlatforms);
  await output(engine, place, 'both').deliver(both);
  assert.deepEqual([...engine.images.keys()], [both.images[1]?.config.descriptor.digest]);
  const only = await imageWith(place, 'one', twoPlatforms.slice(0, 1));
  await output(engine, place, 'only').deliver(only);
  assert(engine.images.has(only.images[0]?.config.descriptor.digest ?? ''));
});

it('an engine that runs none of several platforms is told of before anything is sent', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'chains', platform: { os: 'linux', architecture: 'riscv64' } });
  const delivered = output(engine, place, 'api').deliver(await imageWith(place, 'one', twoPlatforms));
  await rejectsWith(
    delivered,
    'output-unusable',
    /runs linux\/riscv64, and api is built for linux\/amd64, linux\/arm64$/,
  );
  assert.deepEqual(engine.asked, []);
});

it('layers are found below images of any name', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'chains' });
  const one = await imageWith(place, 'one');
  const [base = ''] = one.images[0]?.layers.map(({ diffId }) => String(diffId)) ?? [];
  engine.images.set('sha256:base', { layers: [base], names: new Set(['python:3.12']) });
  const { sentBlobs } = await output(engine, place, 'api').deliver(one);
  assert.equal(sentBlobs, 2, 'the app layer and the config');
});

it('an engine that forgot a layer is sent the whole image', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'containers', isVirtual: true });
  const forgetful = { ...engine, kind: 'docker' as const };
  await output(forgetful, place, 'api').deliver(await imageWith(place, 'one'));
  const { way, sentBlobs } = await output(forgetful, place, 'api').deliver(await imageWith(place, 'two'));
  assert.deepEqual([way, sentBlobs], ['whole', 3]);
});

it('an engine that does not come to fetch is given an archive, and is not waited for again', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'containers', isDeaf: true });
  for (const text of ['one', 'two']) {
    const { way } = await output(engine, place, 'api').deliver(await imageWith(place, text));
    assert.equal(way, 'whole');
  }
  assert.equal(engine.asked.filter((asked) => asked.includes('/pull')).length, 1);
});

it('a name that a killed process left on an image goes, and others like it stay', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'containers' });
  const ended = spawnSync(process.execPath, ['--eval', '']).pid;
  const served = (owner: string): string => `127.0.0.1:40000/pycontainer/${owner}-${'0'.repeat(32)}:latest`;
  const machine = ownerName().replace(/-.*/, '');
  const gone = served(`${machine}-${ended}`);
  const others = [
    served(ownerName()),
    served(`${'f'.repeat(12)}-${ended}`),
    '127.0.0.1:40000/acme/api:latest',
    'keep:me',
  ];
  engine.images.set('sha256:old', { layers: [], names: new Set([gone, ...others]) });
  await output(engine, place, 'api').deliver(await imageWith(place, 'one'));
  assert.deepEqual([...(engine.images.get('sha256:old')?.names ?? [])], others);
});

it('an engine that fetched something else is not led to name it, and is given an archive', async () => {
  await using place = await temporaryPlace();
  const engine = memoryEngine({ store: 'containers', isFooled: { id: 'sha256:foreign' } });
  const image = await imageWith(place, 'one');
  const { way } = await output(engine, place, 'api').deliver(image);
  assert.equal(way, 'whole');
  assert.deepEqual([...engine.images.keys()], [image.images[0]?.config.descriptor.digest]);
});
