import { PycontainerError } from '../../errors.ts';
import { selectTargets, type Target, type Workspace } from '../../index.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { NamedImage } from '../../plan/named-image.ts';
import { formatVerdict } from '../../ui/verdict.ts';
import type { Console } from '../console.ts';
import { type ImageOptions, openImages } from '../image-session.ts';
import { announce } from './announce.ts';

export interface VerifyOptions extends ImageOptions {
  readonly target?: string;
  readonly locked: boolean;
}

/**
 * Says whether an image is what the tree and the locks give, byte for byte. Layers that the store lacks are made into it;
 * nothing is delivered, and pycontainer.lock is not written.
 */
export async function verifyCommand(
  image: string,
  options: VerifyOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  await using workspace = await openImages(options, console, signal);
  const { images } = workspace;
  const named = images.named(image);
  const target = targetFor(named, options, workspace);
  const { platform } = options;
  const plan = await workspace.plan([
    platform === undefined ? target : { ...target, platforms: [parsePlatform(platform)] },
  ]);
  announce(plan, console);
  const [planned] = await workspace.make(plan);
  if (planned === undefined) throw new PycontainerError('internal', `Nothing was made of ${target.name}`);
  const verdict = await images.verify(named, planned, { isPart: platform !== undefined });
  console.result(formatVerdict(named.text, target.name, verdict));
  return verdict.difference === undefined ? 0 : 1;
}

function targetFor({ target, text }: NamedImage, options: VerifyOptions, { config }: Workspace): Target {
  const names = options.target === undefined ? [] : [options.target];
  if (target !== undefined && names.length === 0) return target;
  const [only, ...others] = selectTargets(config, names);
  if (only !== undefined && others.length === 0) return only;
  throw new PycontainerError('usage', `What ${text} is to be is not clear: there are ${others.length + 1} targets`, {
    hint: 'Name one with --target.',
  });
}
