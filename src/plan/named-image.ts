import { existsSync } from 'node:fs';
import path from 'node:path';
import { PycontainerError } from '../errors.ts';
import type { Platform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { parseBase } from '../config/base-spec.ts';
import type { BaseSpec, Config, OutputSettings, Target } from '../config/target.ts';
import type { Base } from '../base/base.ts';
import { openAny } from '../base/open.ts';
import type { BaseSources } from '../base/sources.ts';
import { defaultLayout } from './outputs.ts';

/** What a user calls an image by. */
export interface NamedImage {
  readonly spec: BaseSpec;
  /** As the user wrote it. */
  readonly text: string;
  /** The target that was named, whose output it is. */
  readonly target?: Target;
}

/** Outputs that cost the least to read come first. */
const order: readonly OutputSettings['type'][] = ['oci', 'oci-archive', 'docker-archive', 'registry', 'engine'];

/**
 * The image that a text names: a target's by its name or as `target:NAME`, where it was delivered; else what can stand as
 * a base, paths relative to `cwd`; else the path of an OCI layout. Throws 'reference-invalid', 'manifest-invalid', 'target-not-found'.
 */
export function namedImage(text: string, { targets, root }: Config, cwd: string): NamedImage {
  const name = text.replace(/^target:/, '');
  const target = targets.get(name);
  if (target !== undefined) return { spec: deliveredTo(target, root), text, target };
  if (name !== text) throw new PycontainerError('target-not-found', `No target is named '${name}'`);
  const spec = baseNamed(text, cwd);
  return { spec: 'path' in spec ? { ...spec, path: path.resolve(cwd, spec.path) } : spec, text };
}

/** What can be no reference may be a path: `./images/api`, as a shell completes it. */
function baseNamed(text: string, cwd: string): BaseSpec {
  try {
    return parseBase(text);
  } catch (error) {
    if (!(error instanceof PycontainerError) || error.code !== 'reference-invalid' || text === '') throw error;
    const layout = parseBase(`oci:${text}`);
    if ('path' in layout && existsSync(path.resolve(cwd, layout.path, 'oci-layout'))) return layout;
    if (!existsSync(path.resolve(cwd, text))) throw error;
    throw new PycontainerError(error.code, `${text} is neither an image reference nor an OCI layout`, {
      hint: `Say what it is: oci-archive:${text}, docker-archive:${text} or rootfs:${text}.`,
      cause: error,
    });
  }
}

function deliveredTo(target: Target, root: string): BaseSpec {
  const outputs: readonly OutputSettings[] =
    target.outputs.length === 0 ? [{ type: 'oci', dest: defaultLayout(target, root) }] : target.outputs;
  const [output] = outputs.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const [name] = target.tags;
  const tag = (name === undefined ? undefined : parseReference(name).tag) ?? 'latest';
  switch (output?.type) {
    case 'oci':
      return { kind: 'oci', path: output.dest ?? '', tag };
    case 'oci-archive':
    case 'docker-archive':
      return { kind: output.type, path: output.dest ?? '' };
    case 'engine':
      return { kind: 'engine', name: name ?? target.name };
    case 'registry':
    case undefined:
      return { kind: 'registry', reference: { ...parseReference(name ?? target.name), tag } };
  }
}

/** Opens an image that a user named. Errors as of openAny; a target that was not delivered says so. */
export async function openNamed(
  { spec, text, target }: NamedImage,
  platform: Platform | undefined,
  sources: BaseSources,
): Promise<Base> {
  try {
    return await openAny(spec, text, platform, sources);
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    const isMissing = error.code === 'base-not-found' || error.code === 'registry-not-found';
    throw target !== undefined && isMissing ? notDelivered(target, error) : ofImage(error);
  }
}

function notDelivered({ name }: Target, cause: PycontainerError): PycontainerError {
  return new PycontainerError('base-not-found', `There is no image of ${name}: ${ofImage(cause).message}`, {
    hint: `Build it first: \`pycontainer build ${name}\`.`,
    cause,
  });
}

/** What is said of bases, where an image was named on the command line. */
function ofImage({ code, message, hint, location, cause }: PycontainerError): PycontainerError {
  const advice = hint
    ?.replace(/^Check the path under base;.*$/s, 'Check the path; it is relative to where the command starts.')
    .replace(/Choose one of these under platforms.*$/s, 'Choose one of these with --platform.');
  const text = message.replace(/^Base /, 'Image ').replaceAll(' of base ', ' of image ');
  return new PycontainerError(code, text, { hint: advice, location, cause });
}
