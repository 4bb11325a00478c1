import { formatSize } from '../config/size.ts';
import type { PlannedPackage } from './inputs.ts';
import type { BuildRecord } from './record.ts';
import { type ImageSize } from './size.ts';

interface Gain {
  readonly text: string;
  readonly sizeBytes: number;
}

/** So many are named in a message. */
const shown = 2;
/** From so many on, packages whose names begin alike are named by that. */
const family = 3;

/** What an image has more than when it was built last, the largest first: `torch 2.12 now brings 15 nvidia packages (2.7 GB)`. */
export function whatCame(packages: readonly PlannedPackage[], size: ImageSize, before: BuildRecord): string {
  const gains = [...packageGains(packages, before.packages), ...partGains(size, before)];
  return listed(gains, 'much that is small');
}

/** What an image mostly consists of, where there is nothing to set it against. */
export function whatIsLarge(packages: readonly PlannedPackage[], { base }: ImageSize): string {
  const parts = packages.map(({ name, version, wheel }) => ({
    text: `${name} ${version}`,
    sizeBytes: wheel.sizeBytes,
  }));
  return listed([{ text: 'the base', sizeBytes: base }, ...parts], 'nothing');
}

function listed(gains: readonly Gain[], otherwise: string): string {
  const sorted = gains.filter(({ sizeBytes }) => sizeBytes > 0).toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const texts = sorted.slice(0, shown).map(({ text, sizeBytes }) => `${text} (${formatSize(sizeBytes)})`);
  const more = sorted.length - texts.length;
  return texts.length === 0 ? otherwise : `${texts.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

function partGains({ base, app }: ImageSize, { sizes }: BuildRecord): readonly Gain[] {
  if (sizes === undefined) return [];
  return [
    { text: 'the base grew', sizeBytes: base - sizes.base },
    { text: 'the app grew', sizeBytes: app - sizes.app },
  ];
}

/** Packages that came or changed; what came only because another did is told with that. */
function packageGains(packages: readonly PlannedPackage[], before: BuildRecord['packages']): readonly Gain[] {
  const was = (name: string): BuildRecord['packages'][string] | undefined =>
    Object.hasOwn(before, name) ? before[name] : undefined;
  const moved = packages.filter(({ name, wheel }) => was(name)?.[1] !== wheel.sha256);
  const brought = Map.groupBy(moved, (item) => bringer(item, moved, (name) => was(name) !== undefined));
  return [...brought].map(([cause, all]) => {
    const others = all.filter((item) => item !== cause);
    const [from, , fromBytes = 0] = was(cause.name) ?? [];
    return { text: gainText(cause, from, others), sizeBytes: sum(all) - fromBytes };
  });
}

/** The nearest package that came by request or has changed, and that requires this one; itself where there is none. */
function bringer(
  item: PlannedPackage,
  moved: readonly PlannedPackage[],
  wasThere: (name: string) => boolean,
): PlannedPackage {
  const isCause = ({ name, requested }: PlannedPackage): boolean => requested || wasThere(name);
  const seen = new Set<PlannedPackage>([item]);
  if (isCause(item)) return item;
  for (const one of seen) {
    const requirers = moved.filter(({ requires }) => requires.includes(one.name));
    const cause = requirers.find(isCause);
    if (cause !== undefined) return cause;
    for (const requirer of requirers) seen.add(requirer);
  }
  return item;
}

function gainText(
  { name, version }: PlannedPackage,
  from: string | undefined,
  others: readonly PlannedPackage[],
): string {
  if (from === undefined) return `${name} ${version} added${others.length === 0 ? '' : `, with ${together(others)}`}`;
  if (others.length > 0) return `${name} ${version} now brings ${together(others)}`;
  return from === version ? `${name} ${version} comes from another wheel` : `${name} ${from} → ${version}`;
}

/** `15 nvidia packages and 2 more`. */
function together(packages: readonly PlannedPackage[]): string {
  const [only] = packages;
  if (packages.length === 1 && only !== undefined) return `${only.name} ${only.version}`;
  const families = [...Map.groupBy(packages, ({ name }) => name.split('-', 1)[0] ?? '')];
  const [word, members] = families.toSorted(([, a], [, b]) => b.length - a.length)[0] ?? ['', []];
  if (members.length < family) return `${packages.length} packages`;
  const rest = packages.length - members.length;
  return `${members.length} ${word} packages${rest === 0 ? '' : ` and ${rest} more`}`;
}

function sum(packages: readonly PlannedPackage[]): number {
  return packages.reduce((total, { wheel }) => total + wheel.sizeBytes, 0);
}
