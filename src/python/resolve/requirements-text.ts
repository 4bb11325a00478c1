import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LockIndexes } from '../lock/lock.ts';
import type { ResolveRequest } from './request.ts';
import { formatLine, type WantedRequirement } from './wanted.ts';

/**
 * A requirements file for a tool: places, then lines. Places stand in a file, which nobody else may read, and not among
 * the arguments, which every process sees: they may hold logins.
 */
export function requirementsText(
  { wanted, indexes, folder }: Pick<ResolveRequest, 'wanted' | 'indexes' | 'folder'>,
  requirements: readonly WantedRequirement[],
): string {
  const own = placeLines(wanted.indexes, path.dirname(wanted.file));
  const lines = [
    ...placeLines(indexes, folder),
    ...(indexes.indexUrl === undefined ? own : own.filter((line) => !line.startsWith('--index-url '))),
    ...(wanted.preReleases ? ['--pre'] : []),
  ];
  return lines.map((line) => `${line}\n`).join('') + linesText(requirements);
}

/** Requirements or constraints, one a line. */
export function linesText(requirements: readonly WantedRequirement[]): string {
  return requirements.map((one) => `${formatLine(one)}\n`).join('');
}

function placeLines({ indexUrl, extraIndexUrls, findLinks, noIndex }: LockIndexes, folder: string): string[] {
  const address = (text: string): string =>
    /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : pathToFileURL(path.resolve(folder, text)).href;
  return [
    ...(noIndex ? ['--no-index'] : []),
    ...(indexUrl === undefined ? [] : [`--index-url ${address(indexUrl)}`]),
    ...extraIndexUrls.map((url) => `--extra-index-url ${address(url)}`),
    ...findLinks.map((place) => `--find-links ${address(place)}`),
  ];
}
