import { PycontainerError } from '../errors.ts';
import type { MarkerEnvironment } from './environment.ts';
import { evaluateMarker } from './marker.ts';
import { formatRequirement, parseRequirement, type Requirement } from './requirement.ts';
import { specifiersContain } from './specifier.ts';

/** A distribution as its own metadata describes it. */
export interface Distribution {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  /** PEP 508, unparsed. */
  readonly requiresDist: readonly string[];
}

/** Something that a distribution requires and the set does not give. */
export interface Unmet {
  readonly requirer: string;
  readonly requirement: string;
  /** The version that is there, when it is another. */
  readonly found?: string;
}

/**
 * What `pip check` would say of a set of distributions: each requirement that applies in the environment, extras apart,
 * is met by one of them. Requirements that cannot be read are passed over, as pip does.
 * @param others name (normalized) → version of what is there besides; undefined where the version is not known
 */
export function unmetRequirements(
  distributions: readonly Distribution[],
  environment: MarkerEnvironment,
  others: ReadonlyMap<string, string | undefined> = new Map(),
): readonly Unmet[] {
  const there = new Map<string, string | undefined>([
    ...others,
    ...distributions.map(({ name, version }) => [name, version] as const),
  ]);
  return distributions.flatMap(({ name: requirer, requiresDist }) =>
    requiresDist.flatMap((text): readonly Unmet[] => {
      const requirement = read(text);
      if (requirement === undefined || !applies(requirement, environment)) return [];
      const found = there.get(requirement.name);
      const { marker: _, ...plain } = requirement;
      const unmet = { requirer, requirement: formatRequirement(plain) };
      if (!there.has(requirement.name)) return [unmet];
      if (found === undefined || specifiersContain(requirement.specifiers, found, true)) return [];
      return [{ ...unmet, found }];
    }),
  );
}

function read(text: string): Requirement | undefined {
  try {
    return parseRequirement(text);
  } catch (error) {
    if (error instanceof PycontainerError) return undefined;
    throw error;
  }
}

function applies({ marker }: Requirement, environment: MarkerEnvironment): boolean {
  try {
    return marker === undefined || evaluateMarker(marker, environment, { extra: '' });
  } catch (error) {
    if (error instanceof PycontainerError) return false;
    throw error;
  }
}
