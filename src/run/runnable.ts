import { createHash } from 'node:crypto';
import { PycontainerError } from '../errors.ts';
import { choosePlatform, formatPlatform } from '../oci/platform.ts';
import type { Target } from '../config/target.ts';
import type { Engine } from '../engine/engine.ts';
import type { Image } from '../image/image.ts';
import type { MadeTarget } from '../build/context.ts';
import type { Ruled } from './rules.ts';
import { type ContainerSpec, containerSpec, settingsHash, type SpecContext } from './spec.ts';

/** A built target with all that decides what becomes of its container. */
export interface Runnable extends Ruled {
  readonly target: Target;
  readonly spec: ContainerSpec;
  readonly image: Image;
  /** Equal where nothing but the app layer's content differs. */
  readonly foundation: string;
  /** The image's own Python, absolute there. */
  readonly interpreter: string | undefined;
}

/** @throws PycontainerError 'container-failed' where the image is not for the engine; see also {@link containerSpec} */
export function runnableOf({ plan, image: built }: MadeTarget, engine: Engine, context: SpecContext): Runnable {
  const { target } = plan;
  const index = built.images.indexOf(imageFor(engine, target.name, built.images));
  const [image, platform] = [built.images[index], plan.platforms[index]];
  if (image === undefined || platform === undefined)
    throw new PycontainerError('internal', `${target.name} has images that it was not planned with`);
  const spec = containerSpec(target, image, context);
  const { config }: { config?: unknown } = JSON.parse(image.config.bytes.toString('utf8')) as object;
  const below = [platform.base.digest, platform.layers.slice(0, -1), config, settingsHash(spec)];
  return {
    target,
    spec,
    image,
    entries: platform.inputs.app.entries,
    watched: platform.inputs.watched ?? [],
    folders: platform.inputs.facts.folders,
    foundation: createHash('sha256').update(JSON.stringify(below)).digest('hex'),
    interpreter: platform.inputs.python?.interpreter.path,
  };
}

/** As images are delivered to engines: the engine's platform, or the only one, since engines emulate. */
function imageFor({ name, platform }: Engine, target: string, images: readonly Image[]): Image {
  const [only] = images;
  const chosen = choosePlatform(images, platform) ?? (images.length === 1 ? only : undefined);
  if (chosen !== undefined) return chosen;
  const built = images.map((image) => formatPlatform(image.platform)).join(', ');
  throw new PycontainerError(
    'container-failed',
    `${name} runs ${formatPlatform(platform)}, and ${target} is built for ${built}`,
    { hint: `Add ${formatPlatform(platform)} to platforms, or choose it with --platform.` },
  );
}
