import { parseBase } from '../base-spec.ts';
import { parseMode } from '../mode.ts';
import { parseOwner } from '../user.ts';
import { leaf, optional, section, text } from './leaf.ts';
import { imageDestination, imagePath } from './paths.ts';
import type * as z from 'zod';
import type { BaseSpec, DirectoryRule, FileRule, Owner } from '../target.ts';

/** Paths of local bases are as written. */
export function base(): z.ZodType<BaseSpec, string> {
  return leaf('a base', parseBase);
}

function mode(): z.ZodType<number, string> {
  const hint = 'Write permission bits in octal with a leading zero: 0644.';
  return leaf('a mode', parseMode, { types: ['integer'], pattern: '^0o?[0-7]{1,4}$' }, hint);
}

function owner(): z.ZodType<Owner, string> {
  const hint =
    'An owner is UID:GID, or UID with a group of the same number. Names are not known before a base is read.';
  return leaf('an owner', parseOwner, { types: ['integer'], pattern: '^[0-9]+(:[0-9]+)?$' }, hint);
}

export const fileRule: z.ZodType<FileRule> = section('a files rule', {
  src: text('a path or pattern').describe(
    'What to copy: relative to the context, or absolute in `from`. May be a glob.',
  ),
  dest: imageDestination().describe(
    'Where to: absolute, or relative to workdir; with a trailing slash, into that folder.',
  ),
  from: optional(base(), 'Another base to copy from, instead of the context.'),
  mode: optional(
    mode(),
    'Permission bits in octal, such as 0644. Left out: 0644, or 0755 where the file is executable.',
  ),
  owner: optional(owner(), 'UID:GID. Default: 0:0.'),
});

export const directoryRule: z.ZodType<DirectoryRule> = section('a directories rule', {
  path: imagePath().describe('A folder to make in the image.'),
  owner: optional(owner(), 'UID:GID. Default: 0:0.'),
  mode: optional(mode(), 'Permission bits in octal. Default: 0755.'),
});
