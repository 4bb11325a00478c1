import path from 'node:path';
import { baseFacts } from '../../src/base/facts.ts';
import { openBase } from '../../src/base/open.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { chooseWheel } from '../../src/python/choose.ts';
import { markerEnvironment } from '../../src/python/environment.ts';
import { openWheel, type Wheel } from '../../src/python/install/wheel.ts';
import { evaluateMarker } from '../../src/python/marker.ts';
import { parseRequirement, type Requirement } from '../../src/python/requirement.ts';
import { parseSpecifiers, specifiersContain } from '../../src/python/specifier.ts';
import { supportedTags, tagTarget } from '../../src/python/tags.ts';
import { compareVersions, parseVersion } from '../../src/python/version.ts';
import { testSources } from '../base/sources.ts';
import { findWheelsOf } from './find-wheels.ts';
import { pythonBase } from './python-base.ts';

/** What all who want a package want of it. */
interface Wanted {
  readonly requirements: Requirement[];
  readonly extras: Set<string>;
}

/** Wheels that were opened, by path. */
const opened = new Map<string, Promise<Wheel>>();

const roundsAtMost = 20;

/**
 * The newest wheels on this machine that fit `pythonBase()` and meet these requirements and each other's: lines of a
 * requirements file, `NAME[EXTRAS]==VERSION`. A name where no wheel does. It never goes back on a choice but for a
 * requirement that it finds later: enough for packages that are kept up to date.
 */
export async function pinned(roots: readonly string[]): Promise<readonly string[] | { readonly missing: string }> {
  const facts = await factsOfBase();
  let chosen = new Map<string, Wheel>();
  for (let round = 0; round < roundsAtMost; round += 1) {
    const wanted = reachable(roots.map(parseRequirement), chosen, facts.environment);
    const next = new Map<string, Wheel>();
    for (const [name, { requirements }] of wanted) {
      const wheel = await newest(name, requirements, facts);
      if (wheel === undefined) return { missing: name };
      next.set(name, wheel);
    }
    const isSame = [...next].every(([name, wheel]) => chosen.get(name) === wheel);
    chosen = next;
    if (isSame) return [...chosen.values()].map((wheel) => line(wheel, wanted.get(wheel.name)?.extras)).sort();
  }
  throw new Error(`no versions of ${roots.join(', ')} were settled upon`);
}

interface PinFacts {
  readonly tags: readonly string[];
  readonly environment: ReturnType<typeof markerEnvironment>;
}

async function factsOfBase(): Promise<PinFacts> {
  await using test = await testSources();
  const place = { kind: 'rootfs', path: await pythonBase() } as const;
  const { interpreter, ...facts } = await baseFacts(
    await openBase(place, 'rootfs:root', hostPlatform(), test.sources),
    test.sources,
  );
  if (interpreter === undefined) throw new Error('the base has no Python');
  return {
    tags: supportedTags(tagTarget({ ...facts, interpreter })),
    environment: markerEnvironment({ ...facts, interpreter }),
  };
}

/** All that the roots and, of those, what is chosen require here. */
function reachable(
  roots: readonly Requirement[],
  chosen: ReadonlyMap<string, Wheel>,
  environment: PinFacts['environment'],
): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const applied = new Set<string>();
  const visit = (requirement: Requirement): void => {
    const { name } = requirement;
    const known = wanted.get(name) ?? { requirements: [], extras: new Set() };
    wanted.set(name, known);
    known.requirements.push(requirement);
    for (const extra of ['', ...requirement.extras]) {
      if (extra !== '') known.extras.add(extra);
      if (applied.has(`${name}[${extra}]`)) continue;
      applied.add(`${name}[${extra}]`);
      for (const text of chosen.get(name)?.metadata.requiresDist ?? []) {
        const next = parseRequirement(text);
        if (next.marker === undefined || evaluateMarker(next.marker, environment, { extra })) visit(next);
      }
    }
  };
  for (const root of roots) visit(root);
  return wanted;
}

async function newest(
  name: string,
  requirements: readonly Requirement[],
  { tags, environment }: PinFacts,
): Promise<Wheel | undefined> {
  const files = findWheelsOf(name).map((place) => ({ place, filename: path.basename(place) }));
  const fitting = files.filter((file) => chooseWheel([file], tags) !== undefined);
  const wheels = await Promise.all(fitting.map(async ({ place, filename }) => open(place, filename)));
  const meeting = wheels.filter(
    ({ version, metadata }) =>
      requirements.every(({ specifiers }) => specifiersContain(specifiers, version, false)) &&
      specifiersContain(parseSpecifiers(metadata.requiresPython ?? ''), environment.python_full_version),
  );
  return meeting.toSorted((a, b) => compareVersions(parseVersion(b.version), parseVersion(a.version)))[0];
}

function open(place: string, filename: string): Promise<Wheel> {
  const known = opened.get(place) ?? openWheel(place, filename);
  opened.set(place, known);
  return known;
}

function line({ name, version }: Wheel, extras: ReadonlySet<string> = new Set()): string {
  return `${name}${extras.size > 0 ? `[${[...extras].sort().join(',')}]` : ''}==${version}`;
}
