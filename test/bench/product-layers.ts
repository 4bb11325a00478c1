import fs from 'node:fs';
import path from 'node:path';
import type { Entry } from '../../src/layer/entry.ts';
import { type MadeLayer, makeLayer } from '../../src/layer/make.ts';
import { wheelEntries } from '../../src/python/install/entries.ts';
import type { InstallTarget } from '../../src/python/install/target.ts';
import { openWheel } from '../../src/python/install/wheel.ts';
import { Store } from '../../src/store/store.ts';
import type { BenchWheel } from './inputs/wheels.ts';

const install: InstallTarget = { prefix: '/opt/venv', pythonVersion: [3, 11], layout: 'venv' };
const mtimeSeconds = 315_532_800;

export interface LayerOptions {
  /** Its folder. */
  readonly store: string;
  readonly signal: AbortSignal;
  readonly type?: 'gzip' | 'zstd';
  /** Takes pieces from the layer that was made last under this name. */
  readonly keepPieces?: string;
}

/** One layer of all these wheels, in this process, as a build makes it. */
export async function dependencyLayer(wheels: readonly BenchWheel[], options: LayerOptions): Promise<MadeLayer> {
  const opened = await Promise.all(wheels.map(async (wheel) => openWheel(wheel.path, wheel.filename)));
  const entries = opened.flatMap((wheel) => wheelEntries(wheel, install));
  return layerOf([...new Map(entries.map((entry) => [entry.path, entry])).values()], options);
}

/** One layer of a folder, in this process. */
export async function treeLayer(root: string, options: LayerOptions): Promise<MadeLayer> {
  const items = fs.readdirSync(root, { withFileTypes: true, recursive: true });
  return layerOf(
    items.map((item): Entry => {
      const file = path.join(item.parentPath, item.name);
      const common = { path: path.relative(root, file), mode: 0o755, uid: 0, gid: 0 };
      if (item.isDirectory()) return { type: 'directory', ...common };
      return { type: 'file', ...common, sizeBytes: fs.statSync(file).size, content: { kind: 'path', path: file } };
    }),
    options,
  );
}

/** Where the layer's bytes are. */
export async function layerFile({ digest }: MadeLayer, store: string): Promise<string> {
  return (await Store.open(store)).blobPath(digest);
}

async function layerOf(entries: readonly Entry[], options: LayerOptions): Promise<MadeLayer> {
  const { store, signal, type = 'gzip', keepPieces } = options;
  return makeLayer(entries, {
    store: await Store.open(store),
    compression: { type },
    mtimeSeconds,
    describeFiles: true,
    signal,
    ...(keepPieces === undefined ? {} : { keepPieces }),
  });
}
