import { PycontainerError } from '../../errors.ts';
import { evaluateMarker } from '../marker.ts';
import type { Requirement } from '../requirement.ts';
import { specifiersContain } from '../specifier.ts';
import type { ReportedPackage } from './pip-report.ts';
import type { ResolveImage } from './request.ts';
import { describeRequirement } from './wanted.ts';

/** A package that an image needs, with the names of those that it requires there. */
export interface NeededPackage extends ReportedPackage {
  readonly dependencies: readonly string[];
}

/**
 * The packages of pip's answer that an image needs, from what was asked for on. What the image does not need is left
 * out.
 * @param roots markers among them are judged here
 * @throws PycontainerError 'lock-failed' when the answer lacks something, or has it in a version that does not do
 */
export function neededPackages(
  roots: readonly Requirement[],
  reported: readonly ReportedPackage[],
  image: ResolveImage,
): NeededPackage[] {
  const byName = new Map(reported.map((item) => [item.name, item]));
  const extrasOf = new Map<string, Set<string>>();
  const dependencies = new Map<string, Set<string>>();
  const open = roots.map((requirement) => ({ requirement, extra: '' }));
  for (const { requirement, extra } of open) {
    const { name, extras, marker } = requirement;
    if (marker !== undefined && !evaluateMarker(marker, image.environment, { extra })) continue;
    const item = byName.get(name);
    if (item === undefined || !meets(item, requirement)) throw incomplete(requirement, item, image);
    const known = extrasOf.get(name) ?? new Set<string>();
    extrasOf.set(name, known);
    for (const one of ['', ...extras]) {
      if (known.has(one)) continue;
      known.add(one);
      open.push(...item.requires.map((inner) => ({ requirement: inner, extra: one })));
    }
  }
  for (const [name, extras] of extrasOf) {
    const holding = (byName.get(name)?.requires ?? []).filter(
      ({ marker }) => marker === undefined || evaluateMarker(marker, image.environment, { extra: extras }),
    );
    dependencies.set(name, new Set(holding.map((inner) => inner.name).filter((other) => other !== name)));
  }
  return reported.flatMap((item) => {
    const own = dependencies.get(item.name);
    return own === undefined ? [] : [{ ...item, dependencies: [...own].toSorted() }];
  });
}

function meets({ version, direct }: ReportedPackage, { specifiers, url }: Requirement): boolean {
  return url !== undefined || direct || specifiersContain(specifiers, version);
}

function incomplete(
  requirement: Requirement,
  found: ReportedPackage | undefined,
  image: ResolveImage,
): PycontainerError {
  const what = found === undefined ? 'left it out' : `chose ${found.name} ${found.version}`;
  return new PycontainerError(
    'lock-failed',
    `For ${image.platform} ${describeRequirement(requirement)} is needed, and pip ${what}`,
    {
      hint: 'This pip judges markers for its own machine. Install uv, which resolves for all platforms, or another pip.',
    },
  );
}
