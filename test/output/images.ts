import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Base } from '../../src/base/base.ts';
import type { BaseSources, ImageSource } from '../../src/base/sources.ts';
import { assembleImage, assembleTarget } from '../../src/image/assemble.ts';
import type { ImageLayer, TargetImage } from '../../src/image/image.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { makeLayer } from '../../src/layer/make.ts';
import type { Platform } from '../../src/oci/platform.ts';
import { Store } from '../../src/store/store.ts';

const mtimeSeconds = 315532800;

/** A folder with a store, and no registry to read bases from. */
export interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly store: Store;
  readonly sources: BaseSources;
}

export async function temporaryPlace(): Promise<Place> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-output-'));
  const store = await Store.open(path.join(folder, 'store'));
  return {
    folder,
    store,
    sources: { store, registry: noRegistry, emit: () => undefined },
    async [Symbol.asyncDispose]() {
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

const nobody = async (): Promise<never> => {
  throw new Error('asked a registry for a base');
};
const noRegistry: ImageSource = { resolveDigest: nobody, manifest: nobody, blob: nobody };

/** A whole image whose base lies in a file and whose app layer, in the store, holds `app.txt` with this text. */
export async function imageWith(
  place: Place,
  text: string,
  platforms: readonly Platform[] = [{ os: 'linux', architecture: 'amd64' }],
): Promise<TargetImage> {
  const base = await baseLayer(place);
  const app = await layerOf(place.store, 'app', { 'app.txt': text });
  const images = platforms.map((platform) =>
    assembleImage({
      base: { ...base, platform, config: { ...base.config, ...platform } },
      layers: [app],
      settings: {
        environment: {},
        workdir: '/app',
        inferred: false,
        ports: [],
        volumes: [],
        labels: {},
        createdSeconds: mtimeSeconds,
        cmd: ['cat', '/app.txt'],
      },
      annotations: {},
    }),
  );
  return assembleTarget('api', images);
}

/** The layer that only this image has; its blob is in the store. */
export function appLayerOf({ images }: TargetImage): ImageLayer {
  const layer = images[0]?.layers.at(-1);
  if (layer === undefined) throw new Error('an image without layers');
  return layer;
}

async function baseLayer({ folder, store }: Place): Promise<Base> {
  const { descriptor, diffId } = await layerOf(store, 'base', { 'etc/base': 'b'.repeat(5000) });
  const file = path.join(folder, 'base.tar.gz');
  if (!fs.existsSync(file)) fs.copyFileSync(store.blobPath(descriptor.digest), file);
  return {
    text: 'oci:base',
    platform: { os: 'linux', architecture: 'amd64' },
    digest: descriptor.digest,
    config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } },
    layers: [{ descriptor, diffId, origin: { kind: 'file', path: file } }],
  };
}

async function layerOf(store: Store, title: string, files: Readonly<Record<string, string>>): Promise<ImageLayer> {
  const entries = Object.entries(files).map(([name, text]): Entry => ({
    type: 'file',
    path: name,
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: Buffer.byteLength(text),
    content: { kind: 'bytes', bytes: Buffer.from(text) },
  }));
  const made = await makeLayer(entries, { store, compression: { type: 'gzip' }, mtimeSeconds });
  const { digest, sizeBytes: size, mediaType, diffId } = made;
  return { descriptor: { mediaType, digest, size }, diffId, origin: { kind: 'store' }, title };
}
