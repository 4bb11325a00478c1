import { basename, join, relative, resolve } from 'node:path';
import { PycontainerError } from '../errors.ts';
import type { FileRule, Owner } from '../config/target.ts';
import { type CopiedFile, copiedSha256 } from '../base/copy.ts';
import type { Store } from '../store/store.ts';
import type { AppFile } from './app-file.ts';
import { appFile, selectFiles } from './select.ts';

/** A file that a `files` rule puts somewhere. */
export interface RuledFile {
  readonly file: Omit<AppFile, 'identity'>;
  /** Absolute in the image. */
  readonly dest: string;
  /** Permission bits; absent: as the app's own files have them. */
  readonly mode?: number;
  readonly owner?: Owner;
}

const wildcard = /[*?[\]]/;

/**
 * What a `files` rule copies from the context, as COPY in a Dockerfile does: a folder's content goes into `dest`, a file
 * becomes `dest`, or stands in it where `dest` ends with `/`. Throws 'app-path-outside', 'file-unreadable'.
 * @param root absolute: no rule may reach out of it
 */
export function applyRule(
  rule: FileRule,
  context: string,
  root: string,
  workdir: string,
): readonly (RuledFile & { readonly file: AppFile })[] {
  return matches(rule, context, root, destOf(rule, workdir)).map(({ file, place }) => ({
    file,
    dest: place,
    ...attributes(rule),
  }));
}

/** The same for what a rule takes from another base; modes are kept. */
export function placeCopied(
  rule: FileRule,
  copied: readonly CopiedFile[],
  workdir: string,
  store: Store,
): readonly RuledFile[] {
  const dest = destOf(rule, workdir);
  const single = copied.length === 1 && copied[0]?.type !== 'directory';
  return copied.flatMap(({ path, type, mode, sizeBytes, target, digest }): readonly RuledFile[] => {
    if (path === '' && type === 'directory') return [];
    const source = digest === undefined ? '' : store.blobPath(digest);
    const file = {
      path,
      source,
      type,
      sizeBytes,
      executable: (mode & 0o111) !== 0,
      ...(target === undefined ? {} : { target }),
    };
    const place = single ? (dest.endsWith('/') ? dest + basename(rule.src) : dest) : join(dest, path);
    return [{ file, dest: place, mode, ...attributes(rule) }];
  });
}

/** sha256 (hex) of copied files by their place in the store. */
export function copiedHashes(copied: readonly CopiedFile[], store: Store): ReadonlyMap<string, string> {
  return new Map(
    copied.flatMap((file): readonly (readonly [string, string])[] => {
      const sha256 = copiedSha256(file);
      return file.digest === undefined || sha256 === undefined ? [] : [[store.blobPath(file.digest), sha256]];
    }),
  );
}

function destOf({ dest }: FileRule, workdir: string): string {
  return dest.startsWith('/') ? dest : `${workdir}/${dest}`;
}

function attributes({ mode, owner }: FileRule): Pick<RuledFile, 'mode' | 'owner'> {
  return { ...(mode === undefined ? {} : { mode }), ...(owner === undefined ? {} : { owner }) };
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
