import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TargetImage } from '../../src/image/image.ts';
import { rejectsWith } from '../support/rejects.ts';
import { appLayerOf, imageWith, type Place, temporaryPlace } from './images.ts';
import { kinds, type OutputRig } from './outputs.ts';

/** What {@link OutputRig.read} finds of this image. */
function identityOf(kind: string, { root, images }: TargetImage): string | undefined {
  return kind === 'docker-archive' ? images[0]?.config.descriptor.digest : root.descriptor.digest;
}

for (const [kind, rigOf] of Object.entries(kinds)) {
  describe(`the output ${kind}`, () => {
    const promise = (what: string, check: (rig: OutputRig, place: Place) => Promise<void>): void => {
      void it(what, async () => {
        await using place = await temporaryPlace();
        await using rig = await rigOf(place);
        await check(rig, place);
      });
    };

    promise('lacks an image until it is delivered, then holds it whole under each tag', async (rig, place) => {
      const image = await imageWith(place, 'one');
      const output = rig.output('dev', 'v1');
      assert.notEqual(await output.lacks(image), undefined);
      const delivery = await output.deliver(image);
      assert(delivery.sentBlobs > 0 && delivery.sentBytes > 0);
      assert.equal(await output.lacks(image), undefined);
      for (const tag of ['dev', 'v1']) assert.equal(await rig.read(tag), identityOf(kind, image));
    });

    promise('is sent nothing the second time', async (rig, place) => {
      const image = await imageWith(place, 'one');
      await rig.output('dev').deliver(image);
      const again = await rig.output('dev').deliver(image);
      assert.deepEqual([again.sentBytes, again.sentBlobs], [0, 0]);
      assert(again.skippedBlobs >= 4);
    });

    promise('lacks the image when a tag is new, and is sent no layer then', async (rig, place) => {
      const image = await imageWith(place, 'one');
      await rig.output('dev').deliver(image);
      const output = rig.output('dev', 'v2');
      assert.notEqual(await output.lacks(image), undefined);
      const { skippedBlobs } = await output.deliver(image);
      if (rig.keepsBlobs) assert(skippedBlobs >= 3, 'two layers and a config were there');
      assert.equal(await rig.read('v2'), identityOf(kind, image));
    });

    promise('holds the new image alone under the tag after a change', async (rig, place) => {
      await rig.output('dev').deliver(await imageWith(place, 'one'));
      const image = await imageWith(place, 'two');
      const { skippedBlobs } = await rig.output('dev').deliver(image);
      if (rig.keepsBlobs) assert.equal(skippedBlobs, 1, 'the base was there');
      assert.equal(await rig.read('dev'), identityOf(kind, image));
    });

    promise('sees what was harmed or taken away, and is whole after the next delivery', async (rig, place) => {
      const image = await imageWith(place, 'one');
      const output = rig.output('dev');
      await output.deliver(image);
      for (const [index, harm] of rig.harms.entries()) {
        harm();
        assert.notEqual(await output.lacks(image), undefined, `harm ${index}`);
        await output.deliver(image);
        assert.equal(await rig.read('dev'), identityOf(kind, image), `harm ${index}`);
        assert.equal(await output.lacks(image), undefined, `harm ${index}`);
      }
    });

    promise('takes two deliveries at once', async (rig, place) => {
      const images = [await imageWith(place, 'one'), await imageWith(place, 'two')];
      await Promise.all(images.map((image) => rig.output('dev').deliver(image)));
      const identities = images.map((image) => identityOf(kind, image));
      assert(identities.includes(await rig.read('dev')));
    });

    promise('keeps what it had when a delivery is stopped', async (rig, place) => {
      const before = await imageWith(place, 'one');
      await rig.output('dev').deliver(before);
      const image = await imageWith(place, 'two');
      const controller = new AbortController();
      const stopped = rig.output('dev').deliver(image, {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      });
      await rejectsWith(stopped, 'interrupted');
      assert.equal(await rig.read('dev'), identityOf(kind, before));
      await rig.output('dev').deliver(image);
      assert.equal(await rig.read('dev'), identityOf(kind, image));
    });

    promise('keeps what it had when a blob of the store is damaged, and says which', async (rig, place) => {
      const before = await imageWith(place, 'one');
      await rig.output('dev').deliver(before);
      const image = await imageWith(place, 'two');
      const { digest } = appLayerOf(image).descriptor;
      flipByte(place.store.blobPath(digest));
      const error = await rejectsWith(rig.output('dev').deliver(image), 'store-blob-damaged');
      assert(error.message.includes(digest));
      assert.equal(await place.store.hasBlob(digest), false, 'it is dropped, so that it is made again');
      assert.equal(await rig.read('dev'), identityOf(kind, before));
      await imageWith(place, 'two');
      await rig.output('dev').deliver(image);
      assert.equal(await rig.read('dev'), identityOf(kind, image));
    });

    promise('leaves nothing of its own beside the image', async (rig, place) => {
      await Promise.all(['one', 'two'].map(async (text) => rig.output('dev').deliver(await imageWith(place, text))));
      const names = fs.globSync('{layout,out}/**', { cwd: place.folder }).map((name) => path.basename(name));
      assert.deepEqual(
        names.filter((name) => /pycontainer|tmp/.test(name)),
        [],
      );
    });

    promise('tells its progress up to the end', async (rig, place) => {
      const seen: [number, number][] = [];
      await rig
        .output('dev')
        .deliver(await imageWith(place, 'one'), { onProgress: (...bytes) => void seen.push(bytes) });
      assert.equal(seen.at(-1)?.[0], seen.at(-1)?.[1]);
    });

    promise('holds several platforms, or says in time that it cannot', async (rig, place) => {
      const image = await imageWith(place, 'one', [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ]);
      const delivered = rig.output('dev').deliver(image);
      if (rig.holdsPlatforms) {
        await delivered;
        assert.equal(await rig.read('dev'), identityOf(kind, image));
      } else {
        await rejectsWith(delivered, 'output-unusable', /one platform.*linux\/amd64, linux\/arm64/);
      }
    });
  });
}

function flipByte(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  fs.writeFileSync(file, bytes);
}
