import type { ImageConfig } from '../../oci/manifest.ts';
import type { BaseFacts } from '../../base/base.ts';
import { factsAbove } from '../../base/over.ts';
import type { BaseSources } from '../../base/sources.ts';
import { mergeConfig } from '../../image/config.ts';
import type { Entry } from '../../layer/entry.ts';
import { entriesHash } from '../key.ts';
import type { AppInputs, PlatformInputs, TargetBelow } from '../inputs.ts';

/**
 * What the files of an image of ours say, though its layers may not be made: those of the base, with those of the app
 * layers over them. Layers of packages bring none that facts are read from.
 */
export function factsOf(image: PlatformInputs, sources: BaseSources): Promise<BaseFacts> {
  const layers = appLayers(image);
  const key = layers.map(entriesHash).join(' ');
  return factsAbove(image.base, { layers, config: configOf(image), key }, sources);
}

function appLayers({ below, app }: PlatformInputs): readonly (readonly Entry[])[] {
  return [...(below === undefined ? [] : appLayers(below.image)), app.entries];
}

/** But for the layers, which are not made. */
export function configOf({ below, base, settings }: PlatformInputs): ImageConfig {
  return mergeConfig(below === undefined ? base.config : configOf(below.image), settings, []);
}

/** Whether the manifest says how the image below is started, so that nothing is to be inferred. */
export function saysStart({ target, image }: TargetBelow): boolean {
  return (
    target.cmd !== undefined || target.entrypoint !== undefined || (image.below !== undefined && saysStart(image.below))
  );
}

/** Two apps that are no packages, in one image: the `.pth` file that both bring names the folders of both. */
export function withPathsBelow(app: AppInputs, below: TargetBelow | undefined): AppInputs {
  if (below === undefined) return app;
  const others = new Map(below.image.app.entries.map((entry) => [entry.path, entry]));
  const joined = app.entries.map((entry) => joinedPaths(entry, others.get(entry.path)) ?? entry);
  return joined.every((entry, index) => entry === app.entries[index]) ? app : { ...app, entries: joined };
}

function joinedPaths(entry: Entry, other: Entry | undefined): Entry | undefined {
  const [own, below] = [linesOf(entry), linesOf(other)];
  if (entry.type !== 'file' || own === undefined || below === undefined) return undefined;
  const lines = [...new Set([...own, ...below])];
  if (lines.length === own.length) return undefined;
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return { ...entry, sizeBytes: bytes.length, content: { kind: 'bytes', bytes } };
}

function linesOf(entry: Entry | undefined): readonly string[] | undefined {
  if (entry?.type !== 'file' || entry.content.kind !== 'bytes' || !entry.path.endsWith('.pth')) return undefined;
  return Buffer.from(entry.content.bytes)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}
