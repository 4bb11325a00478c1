import { parseSizeBytes } from '../size.ts';
import { choice, integer, leaf, optional, section, text } from './leaf.ts';
import type * as z from 'zod';
import type { Compression, LayeringSettings, Limits, OutputSettings } from '../target.ts';

export const layering: z.ZodType<LayeringSettings> = section('layering', {
  strategy: optional(
    choice('package', 'single'),
    'package: the largest packages in layers of their own, shared by every project that has them; single: all in one.',
  ),
  budget: optional(integer(1, 120), 'How many layers packages may have at most.'),
}).transform(({ strategy = 'package', ...rest }) => ({ strategy, ...rest }));

const maxLevels = { gzip: 9, zstd: 19, none: 0 } as const;

export const compression: z.ZodType<Compression> = section('compression', {
  type: optional(choice('gzip', 'zstd', 'none'), 'How layers are compressed. Default: gzip, which everything reads.'),
  level: optional(integer(1, 19), 'gzip: 1 to 9; zstd: 1 to 19.'),
})
  .superRefine(({ type = 'gzip', level = 0 }, context) => {
    const maximum = maxLevels[type];
    if (level <= maximum) return;
    const expects = `a level of ${type}`;
    const hint = maximum === 0 ? 'none has no levels' : `The levels of ${type} are 1 to ${maximum}.`;
    const message = `'${level}' is not ${expects}`;
    context.addIssue({ code: 'custom', message, path: ['level'], params: { expects, hint } });
  })
  .transform(({ type = 'gzip', ...rest }) => ({ type, ...rest }));

/** Paths are as written. */
export const output: z.ZodType<OutputSettings> = section('an output', {
  type: choice('oci', 'oci-archive', 'docker-archive', 'registry', 'engine').describe(
    'oci: a folder in OCI layout; oci-archive, docker-archive: one file; registry: pushed under its tags; engine: given to Docker or Podman.',
  ),
  dest: optional(
    text('a path'),
    'The folder or file, relative to the manifest. Default for oci: .pycontainer/images/ and the target.',
  ),
}).superRefine(({ type, dest }, context) => {
  const isArchive = type === 'oci-archive' || type === 'docker-archive';
  const refuse = (message: string, hint: string, path: string[]): void => {
    context.addIssue({ code: 'custom', message, path, params: { expects: 'an output', hint } });
  };
  if (isArchive && dest === undefined) refuse(`${type} needs 'dest'`, 'Say which file to write.', []);
  if (!isArchive && type !== 'oci' && dest !== undefined) {
    refuse(`${type} takes no 'dest'`, 'The names come from tags.', ['dest']);
  }
});

function size(): z.ZodType<number, string> {
  const pattern = '^[0-9]+(\\.[0-9]+)? ?[A-Za-z]*$';
  return leaf('a size', parseSizeBytes, { types: ['integer'], pattern }, 'A size is written like 500MB or 1GiB.');
}

/** Bytes, or a share of what was. */
function growth(): z.ZodType<Pick<Limits, 'growthBytes' | 'growthPercent'>, string> {
  const parse = (text: string): Limits | undefined => {
    const percent = /^([0-9]{1,4}(?:\.[0-9]+)?) ?%$/.exec(text)?.[1];
    if (percent !== undefined) return { growthPercent: Number(percent) };
    const growthBytes = parseSizeBytes(text);
    return growthBytes === undefined ? undefined : { growthBytes };
  };
  const pattern = '^[0-9]+(\\.[0-9]+)? ?([A-Za-z]*|%)$';
  return leaf('a size or a share', parse, { types: ['integer'], pattern }, 'Write it like 50MB, 1GiB or 10%.');
}

export const limits: z.ZodType<Limits> = section('limits', {
  size: optional(size(), 'How large the image may be, base and compressed layers together, such as 800MB.'),
  growth: optional(growth(), 'By how much the image may grow against its last build here, such as 50MB or 10%.'),
}).transform((raw) => ({
  ...(raw.size === undefined ? {} : { sizeBytes: raw.size }),
  ...raw.growth,
}));
