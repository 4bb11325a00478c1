import type { Reason } from '../events.ts';
import type { LayerKey } from '../oci/digest.ts';
import { stretchBetween } from '../app/stretch.ts';
import type { PlannedPackage } from './inputs.ts';
import type { Recipe } from './plan.ts';
import type { BuildRecord, RecordedFile, RecordedSetting } from './record.ts';
import { shownValue } from './recorded-config.ts';

/** Which settings reach the layers of each kind. A package's launchers name the interpreter only in a flat layout. */
const reaching: Readonly<Record<Recipe['kind'], readonly RecordedSetting[]>> = {
  package: ['compression', 'SOURCE_DATE_EPOCH', 'prefix', 'layout', 'python-abi'],
  venv: ['compression', 'SOURCE_DATE_EPOCH', 'prefix', 'layout', 'python', 'interpreter', 'system-site-packages'],
  app: ['compression', 'SOURCE_DATE_EPOCH'],
};

/** What a base says of itself, worth telling when it moves. */
const baseFacts: readonly RecordedSetting[] = ['python', 'interpreter', 'libc', 'os'];

/** Why a layer with this key has to be made, against what the last build of the same target was made from. */
export function layerReasons(
  key: LayerKey,
  recipe: Recipe,
  now: BuildRecord,
  before: BuildRecord | undefined,
): readonly Reason[] {
  if (before === undefined) return [{ kind: 'never-built' }];
  if (before.format !== now.format) return [{ kind: 'format', from: before.format, to: now.format }];
  const evicted = valueOf(before.layers, key);
  if (evicted !== undefined) return [{ kind: 'evicted', digest: evicted }];
  const reasons = [...changesOf(recipe, now, before), ...settingReasons(settingsOf(recipe), now, before)];
  if (reasons.length > 0) return reasons;
  if (recipe.kind === 'package') return divisionReasons(recipe.packages, before);
  // What binds packages to the base may need more of it than is written down.
  return before.base === now.base ? [{ kind: 'never-built' }] : [{ kind: 'base', from: before.base, to: now.base }];
}

/** Why the base is another one than that of the last build, and what moved with it. */
export function baseReasons(now: BuildRecord, before: BuildRecord | undefined): readonly Reason[] {
  if (before === undefined || before.base === now.base) return [];
  const facts = before.format === now.format ? settingReasons(baseFacts, now, before) : [];
  return [{ kind: 'base', from: before.base, to: now.base }, ...facts];
}

/** What the image's config says otherwise than in the last build; the layers may be the same. */
export function configReasons(now: BuildRecord, before: BuildRecord | undefined): readonly Reason[] {
  const was = before?.config;
  if (was === undefined) return [];
  const keys = new Set([...Object.keys(was), ...Object.keys(now.config)]);
  return [...keys].toSorted().flatMap((key): readonly Reason[] => {
    const [from, to] = [valueOf(was, key), valueOf(now.config, key)];
    return from === to ? [] : [{ kind: 'setting', key, from: shownValue(key, from), to: shownValue(key, to) }];
  });
}

function settingsOf(recipe: Recipe): readonly RecordedSetting[] {
  const settings = reaching[recipe.kind];
  return recipe.kind === 'package' && recipe.python.install.layout === 'flat' ? [...settings, 'interpreter'] : settings;
}

function changesOf(recipe: Recipe, now: BuildRecord, before: BuildRecord): readonly Reason[] {
  switch (recipe.kind) {
    case 'package': {
      const names = recipe.packages.map(({ name }) => name);
      const gone = formerGroup(names, before).filter((name) => !Object.hasOwn(now.packages, name));
      return packageReasons(recipe.packages, before, new Set([...names, ...gone]));
    }
    case 'venv':
      return packageReasons(
        recipe.python.packages,
        before,
        new Set([...Object.keys(now.packages), ...Object.keys(before.packages)]),
      );
    case 'app':
      return fileReasons(now.files, before.files);
  }
}

/** The names in the layer of the last build that has the most of these. */
function formerGroup(names: readonly string[], { groups }: BuildRecord): readonly string[] {
  const wanted = new Set(names);
  const common = (group: readonly string[]): number => group.filter((name) => wanted.has(name)).length;
  return groups.reduce((best, group) => (common(group) > common(best) ? group : best), []);
}

/** The same wheels as before, in other layers. */
function divisionReasons(packages: readonly PlannedPackage[], before: BuildRecord): readonly Reason[] {
  const names = packages.map(({ name }) => name);
  const former = formerGroup(names, before);
  const joined = names.filter((name) => !former.includes(name));
  const left = former.filter((name) => !names.includes(name));
  return joined.length + left.length === 0 ? [{ kind: 'never-built' }] : [{ kind: 'divided', joined, left }];
}

function packageReasons(
  packages: readonly PlannedPackage[],
  before: BuildRecord,
  names: ReadonlySet<string>,
): readonly Reason[] {
  const byName = new Map(packages.map((item) => [item.name, item]));
  return [...names].toSorted().flatMap((name): readonly Reason[] => {
    const item = byName.get(name);
    const [from, sha256] = valueOf(before.packages, name) ?? [];
    if (item?.wheel.sha256 === sha256) return [];
    return [
      {
        kind: 'package',
        name,
        ...(from === undefined ? {} : { from }),
        ...(item === undefined ? {} : { to: item.version, location: item.location, sizeBytes: item.wheel.sizeBytes }),
      },
    ];
  });
}

function fileReasons(now: BuildRecord['files'], before: BuildRecord['files']): readonly Reason[] {
  const { from, endBefore, endNow } = stretchBetween(before, now, isSameFile);
  const [files, former] = [new Map(now.slice(from, endNow)), new Map(before.slice(from, endBefore))];
  return [...new Set([...files.keys(), ...former.keys()])].toSorted().flatMap((path): readonly Reason[] => {
    const [is, was] = [files.get(path), former.get(path)];
    if (is === was) return [];
    return [{ kind: 'file', change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed', path }];
  });
}

function isSameFile(a: RecordedFile | undefined, b: RecordedFile | undefined): boolean {
  return a === b || (a?.[0] === b?.[0] && a?.[1] === b?.[1]);
}

function settingReasons(keys: readonly RecordedSetting[], now: BuildRecord, before: BuildRecord): readonly Reason[] {
  return keys.flatMap((key): readonly Reason[] => {
    const [from, to] = [before.settings[key], now.settings[key]];
    return from === undefined || to === undefined || from === to ? [] : [{ kind: 'setting', key, from, to }];
  });
}

/** Names come from users: `constructor` is one as any other. */
function valueOf<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
