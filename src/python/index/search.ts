import { PycontainerError } from '../../errors.ts';
import { chooseWheel } from '../choose.ts';
import type { LockedPackage } from '../lock/package.ts';
import { parseSpecifiers, specifiersContain } from '../specifier.ts';
import { localPath } from './address.ts';
import type { IndexFile, WheelFile } from './file.ts';
import type { Answer, Finder } from './finder.ts';
import { compareHashes } from './hashes.ts';
import { measure } from './measure.ts';
import { pypiUrl } from './settings.ts';

export interface LocateContext {
  readonly finder: Finder;
  /** Full version of the image's Python, e.g. 3.12.7, for Requires-Python. */
  readonly pythonVersion: string;
}

/** What is looked for. */
export interface Wish extends LocateContext {
  readonly pkg: LockedPackage;
  readonly tags: readonly string[];
  /** The only file name that will do. */
  readonly only: string | undefined;
}

/** What a search came upon. */
export interface Found {
  /** The one that fits best. */
  readonly file: IndexFile | undefined;
  /** The places that were asked, in order. */
  readonly asked: readonly string[];
  /** One of them has the package, be it in other versions. */
  readonly known: boolean;
  /** All files of the version. */
  readonly files: readonly IndexFile[];
  /** Some answers were from an earlier run. */
  readonly kept: boolean;
  /** What kept places from being read. */
  readonly errors: readonly PycontainerError[];
}

/** Asks find-links, then the indexes, until one decides. `fresh`: what they answered before does not count. */
export async function search(wish: Wish, fresh: boolean): Promise<Found> {
  const { pkg, finder } = wish;
  const isHashed = pkg.hashes.length > 0;
  const errors: PycontainerError[] = [];
  const asked: string[] = [];
  const answers: Answer[] = [];
  let file: IndexFile | undefined;
  for (const place of [...finder.links(), ...finder.indexes(ownIndex(pkg).index)]) {
    asked.push(place.url);
    try {
      const answer = await finder.find(place, pkg.name, pkg.version ?? '', fresh);
      answers.push(answer);
      file = await choose(wish, answer.files);
      if (file !== undefined || (!isHashed && place.kind === 'index' && answer.known)) break;
    } catch (error) {
      if (!isHashed || !isPassable(error)) throw error;
      errors.push(error);
    }
  }
  return {
    file,
    asked,
    errors,
    files: answers.flatMap((answer) => answer.files),
    known: answers.some((answer) => answer.known),
    kept: answers.some((answer) => answer.kept),
  };
}

/** With hashes, those that match, then those that cannot be told before they are read; yanked ones last. */
async function choose(wish: Wish, files: readonly IndexFile[]): Promise<IndexFile | undefined> {
  const { pkg, tags, only, finder, pythonVersion } = wish;
  const fitting = files.filter(
    (file) =>
      (only === undefined || file.filename === only) &&
      chooseWheel([file], tags) !== undefined &&
      meetsPython(file, pythonVersion),
  );
  if (pkg.hashes.length === 0) return chooseUnyanked(fitting, tags);
  const told = await Promise.all(fitting.map(async (file) => withHashes(file, pkg.hashes, finder)));
  for (const wanted of ['match', 'unknown'] as const) {
    const chosen = chooseUnyanked(
      told.filter((file) => compareHashes(file.hashes, pkg.hashes) === wanted),
      tags,
    );
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

function chooseUnyanked(files: readonly IndexFile[], tags: readonly string[]): IndexFile | undefined {
  const unyanked = files.filter(({ yanked }) => yanked === undefined);
  return chooseWheel(unyanked, tags) ?? chooseWheel(files, tags);
}

/** A file on disk can be read to tell its hash. */
async function withHashes(file: IndexFile, locked: readonly string[], finder: Finder): Promise<IndexFile> {
  if (localPath(file.url) === undefined || compareHashes(file.hashes, locked) !== 'unknown') return file;
  return { ...file, ...(await measure(file, finder, locked)) };
}

/** A Requires-Python that cannot be read forbids nothing, as with pip. */
export function meetsPython({ requiresPython }: IndexFile, pythonVersion: string): boolean {
  try {
    return requiresPython === undefined || specifiersContain(parseSpecifiers(requiresPython), pythonVersion);
  } catch (error) {
    if (error instanceof PycontainerError) return true;
    throw error;
  }
}

/** The index that a package belongs to; nothing for one that is locked by URL or path. */
export function ownIndex({ source }: LockedPackage): Pick<WheelFile, 'index'> {
  if (source.kind !== 'index') return {};
  return { index: source.url !== undefined && URL.canParse(source.url) ? source.url : pypiUrl };
}

function isPassable(error: unknown): error is PycontainerError {
  return error instanceof PycontainerError && ['index-unreachable', 'offline'].includes(error.code);
}
