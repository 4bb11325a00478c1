import { PycontainerError } from '../../errors.ts';
import type { Target, Workspace } from '../../index.ts';
import { formatPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';
import type { Base } from '../../base/base.ts';
import { asBase } from '../../image/assemble.ts';
import { formatDiff } from '../../ui/diff.ts';
import { diffJson, type ImageSide } from '../../ui/diff-json.ts';
import type { Console } from '../console.ts';
import { type ImageOptions, openImages } from '../image-session.ts';
import { announce } from './announce.ts';

export interface DiffOptions extends ImageOptions {
  readonly format: 'text' | 'json';
  readonly locked: boolean;
}

/** Shows what differs between two images, or between what a target was delivered as and what it would be built to now. */
export async function diffCommand(
  from: string,
  to: string | undefined,
  options: DiffOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  await using workspace = await openImages(options, console, signal);
  const { images } = workspace;
  const named = images.named(from);
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  if (to === undefined && named.target === undefined) throw twoImages(from);
  const before = await images.open(named, platform);
  const after =
    to === undefined && named.target !== undefined
      ? await planned(workspace, named.target, before.platform, console)
      : await images.open(images.named(to ?? ''), before.platform);
  const [left, right] = [sideOf(before), sideOf(after)];
  const diff = await images.diff(before, after);
  const json = diffJson(left, right, diff);
  console.result(
    options.format === 'json'
      ? JSON.stringify(json, null, 2)
      : formatDiff(left, right, diff, { all: options.verbose, paint: console.paint }),
  );
  return json.equal ? 0 : 1;
}

/** What the tree and the locks give now: made into the store where it is not there, and delivered nowhere. */
async function planned(workspace: Workspace, target: Target, platform: Platform, console: Console): Promise<Base> {
  const plan = await workspace.plan([{ ...target, platforms: [platform] }]);
  announce(plan, console);
  const [image] = (await workspace.make(plan)).flatMap(({ images }) => images);
  if (image === undefined) throw new PycontainerError('internal', `Nothing was made of ${target.name}`);
  return asBase(`${target.name} as it would be built now`, image);
}

function sideOf({ text, platform, digest, layers }: Base): ImageSide {
  const sizeBytes = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { image: text, platform: formatPlatform(platform), digest, sizeBytes };
}

function twoImages(from: string): PycontainerError {
  return new PycontainerError('usage', `'${from}' names no target, so there is nothing to compare it with`, {
    hint: 'Name two images, or a target of the manifest.',
  });
}
