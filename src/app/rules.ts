import { basename, join, relative, resolve } from 'node:path';
import { PycontainerError } from '../errors.ts';
import type { FileRule } from '../config/target.ts';
import { type AppFile, appFile, selectFiles } from './select.ts';

/** A file that a `files` rule puts somewhere. */
export interface RuledFile {
  readonly file: AppFile;
  /** Absolute in the image. */
  readonly dest: string;
  readonly rule: FileRule;
}

const wildcard = /[*?[\]]/;

/**
 * What the `files` rules of a target copy, as COPY in a Dockerfile does: a folder's content goes into `dest`, a file
 * becomes `dest`, or stands in it where `dest` ends with `/`. Throws 'app-path-outside', 'file-unreadable'.
 * @param root absolute: no rule may reach out of it
 */
export function applyRules(
  rules: readonly FileRule[],
  context: string,
  root: string,
  workdir: string,
): readonly RuledFile[] {
  return rules.flatMap((rule) => {
    const dest = rule.dest.startsWith('/') ? rule.dest : `${workdir}/${rule.dest}`;
    return matches(rule, context, root, dest).map(({ file, place }) => ({ file, dest: place, rule }));
  });
}

interface Match {
  readonly file: AppFile;
  readonly place: string;
}

function matches(rule: FileRule, context: string, root: string, dest: string): readonly Match[] {
  const source = resolve(context, rule.src);
  if (source !== root && !source.startsWith(`${root}/`)) {
    throw new PycontainerError('app-path-outside', `files: '${rule.src}' leads out of ${root}`, {
      hint: 'Only files below the manifest can be packed; move it there, or the manifest further up.',
    });
  }
  if (wildcard.test(rule.src)) return globbed(rule, context, dest);
  const found = appFile(basename(source), source);
  if (found === undefined) throw nothing(rule);
  if (found.type !== 'directory') return [{ file: found, place: dest.endsWith('/') ? dest + basename(source) : dest }];
  return below(source).map((file) => ({ file, place: join(dest, file.path) }));
}

function globbed(rule: FileRule, context: string, dest: string): readonly Match[] {
  const { files } = selectFiles({ context, include: [anchored(rule.src)], exclude: ['*'], ownOutputs: [] });
  if (files.length === 0) throw nothing(rule);
  return files.map((file) => ({ file, place: join(dest, relative(fixedPart(rule.src), file.path)) }));
}

/** A folder that a rule names is meant whole, whatever the ignore rules say; what is guarded stays out. */
function below(folder: string): readonly AppFile[] {
  return selectFiles({ context: folder, include: [], exclude: [], ownOutputs: [], ignoreFiles: false }).files;
}

function anchored(pattern: string): string {
  return `/${pattern.replace(/^\.?\//, '')}`;
}

/** The folders of a pattern before its first wildcard; what is behind them is kept below `dest`. */
function fixedPart(pattern: string): string {
  const parts = pattern.replace(/^\.?\//, '').split('/');
  return parts
    .slice(
      0,
      parts.findIndex((part) => wildcard.test(part)),
    )
    .join('/');
}

function nothing(rule: FileRule): PycontainerError {
  return new PycontainerError('file-unreadable', `files: nothing matches '${rule.src}'`, {
    hint: 'Paths are relative to the context of the target.',
  });
}
