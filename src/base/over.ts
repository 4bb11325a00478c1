import fs from 'node:fs';
import { Readable } from 'node:stream';
import type { Content, Entry } from '../layer/entry.ts';
import type { ImageConfig } from '../oci/manifest.ts';
import type { Base, BaseFacts } from './base.ts';
import { readBinary } from './binary.ts';
import { baseTree, factsFormat, readFacts } from './facts.ts';
import { interestIn } from './interest.ts';
import type { LayerFile } from './layer-files.ts';
import type { BaseSources } from './sources.ts';

/** What an image has above a base, before its layers are made. */
export interface Above {
  /** Each layer that may bear on facts, the lowest first. */
  readonly layers: readonly (readonly Entry[])[];
  /** Of the image. */
  readonly config: ImageConfig;
  /** Equal for equal layers. */
  readonly key: string;
}

/** What the files of the base say once these layers lie on it. Kept by what they are made from. Errors as of baseFacts. */
export async function factsAbove(base: Base, { layers, config, key }: Above, sources: BaseSources): Promise<BaseFacts> {
  const { Env, Entrypoint, Cmd } = config.config ?? {};
  const all = JSON.stringify([factsFormat, base.digest, key, Env, Entrypoint, Cmd]);
  const known = await sources.store.getResult<BaseFacts>('facts-above', all);
  if (known !== undefined) return known;
  const tree = await baseTree(base, sources);
  for (const entries of layers) tree.apply(await Promise.all(entries.toSorted(byPath).map(asLayerFile)));
  // What is unclear about the base was told when its own facts were read.
  const { facts } = readFacts({ ...base, config }, tree);
  await sources.store.putResult('facts-above', all, facts);
  return facts;
}

/** Folders before what is in them, as in a layer. */
function byPath(a: Entry, b: Entry): number {
  return a.path < b.path ? -1 : 1;
}

async function asLayerFile(entry: Entry): Promise<LayerFile> {
  const { path, type, mode, uid, gid } = entry;
  const common = { path, type, mode, uid, gid };
  if (entry.type === 'symlink' || entry.type === 'hardlink') return { ...common, target: entry.target };
  const interest = entry.type === 'file' ? interestIn(path) : undefined;
  if (entry.type !== 'file' || interest === undefined) return common;
  const body = openContent(entry.content);
  if (body === undefined) return common;
  if (interest === 'text') return { ...common, text: Buffer.concat(await body.toArray()).toString('utf8') };
  const binary = await readBinary(body);
  return binary === undefined ? common : { ...common, binary };
}

/** undefined for members of wheels, from which no facts are read. */
function openContent(content: Content): Readable | undefined {
  switch (content.kind) {
    case 'bytes':
      return Readable.from([Buffer.from(content.bytes)], { objectMode: false });
    case 'path':
      return fs.createReadStream(content.path);
    case 'zip-member':
      return undefined;
  }
}
