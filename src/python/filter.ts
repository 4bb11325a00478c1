import { specifiersContain } from './specifier.ts';
import type { Specifiers } from './specifier.ts';
import { isPreRelease, readVersion } from './version.ts';

/**
 * The versions, in their order, that may be taken. Left open (null), pre-releases are taken when a clause names one or
 * when nothing else fits, as PEP 440 asks.
 */
export function filterVersions(
  specifiers: Specifiers,
  versions: readonly string[],
  preReleases: boolean | null = null,
): string[] {
  const decided = preReleases ?? (asksForPreReleases(specifiers) || null);
  const fitting = versions.filter((version) => specifiersContain(specifiers, version));
  if (decided === true) return fitting;
  const kinds = fitting.map((text) => ({ text, version: readVersion(text) }));
  const hasFinal = kinds.some(({ version }) => version !== undefined && !isPreRelease(version));
  if (decided === null && !hasFinal) return fitting;
  return kinds.filter(({ version }) => version === undefined || !isPreRelease(version)).map(({ text }) => text);
}

function asksForPreReleases(specifiers: Specifiers): boolean {
  return specifiers.some((specifier) => {
    if (specifier.operator === '!=') return false;
    const version = specifier.operator === '===' ? readVersion(specifier.text) : specifier.version;
    return version !== undefined && isPreRelease(version);
  });
}
