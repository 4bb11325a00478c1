import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectEngine } from '../../src/engine/connect.ts';
import { type Engine, isEngine } from '../../src/engine/engine.ts';
import { type EngineTraits, traitsOf } from '../../src/engine/traits.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { blobsOf } from '../../src/output/contents.ts';
import type { EngineParts } from '../../src/output/engine-archive.ts';
import { waysTo } from '../../src/output/engine-ways.ts';
import { imageWith, type Place, temporaryPlace } from '../output/images.ts';
import { type ServedEngine, startServed } from '../support/engine-api.ts';
import { partsMissing } from '../support/real-parts.ts';

async function connected({ socket }: ServedEngine): Promise<Engine> {
  const engine = await connectEngine({ env: { PYCONTAINER_ENGINE: `unix://${socket}` }, home: '/nowhere' });
  assert(isEngine(engine));
  return engine;
}

async function partsOf(place: Place, text: string, names: readonly string[]): Promise<EngineParts> {
  const target = await imageWith(place, text);
  const [image] = target.images;
  assert(image !== undefined);
  const blobs = blobsOf(target, place.sources).map((blob) => [blob.descriptor.digest, blob] as const);
  return { image, names: names.map(parseReference), blobs: new Map(blobs) };
}

const stores: Readonly<Record<'docker' | 'podman', readonly EngineTraits['store'][]>> = {
  docker: ['chains', 'blobs'],
  podman: ['containers'],
};

for (const name of ['docker', 'podman'] as const) {
  const skip = partsMissing('root', name === 'docker' ? 'dockerd' : 'podman', 'runc');

  test(`${name} takes images in every way that there is for it`, { skip }, async (t) => {
    await using served = await startServed(name);
    await using place = await temporaryPlace();
    const engine = await connected(served);
    const { store } = await traitsOf(engine);
    assert.equal(store, stores[name][0]);
    const all = stores[name].flatMap((store) => waysTo(engine, { store, sharesLoopback: true }));
    // The archive for containerd's store is one that Docker's classic store cannot read.
    const ways = new Map(all.filter(([way], index) => way !== 'whole' || index < 2));
    for (const [way, send] of ways) {
      await t.test(way, async () => {
        const names = [`docker.io/library/${way}:one`, `ghcr.io/acme/${way}:two`];
        const parts = await partsOf(place, way, names);
        const sent = await send(engine, parts, {});
        assert(sent.has(parts.image.layers.at(-1)?.descriptor.digest ?? parts.image.config.descriptor.digest));
        for (const name of names) {
          const { id, repoTags, repoDigests } = await inspected(served, name);
          assert.equal(id, parts.image.config.descriptor.digest);
          assert.equal(repoTags.length, 2);
          assert.deepEqual(
            [...repoTags, ...repoDigests].filter((listed) => listed.startsWith('127.')),
            [],
            'no trace of how it came',
          );
        }
      });
    }
    await engine.close();
  });
}

interface Inspected {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
}

async function inspected({ client }: ServedEngine, name: string): Promise<Inspected> {
  const [image] = JSON.parse(await client.run('image', 'inspect', name)) as {
    Id: string;
    RepoTags: string[];
    RepoDigests: string[] | null;
  }[];
  assert(image !== undefined);
  const { Id, RepoTags, RepoDigests } = image;
  return { id: `sha256:${Id.replace('sha256:', '')}`, repoTags: RepoTags, repoDigests: RepoDigests ?? [] };
}
