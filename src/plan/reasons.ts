import type { Reason } from '../events.ts';
import type { Digest, LayerKey } from '../oci/digest.ts';
import type { PlannedPackage } from './inputs.ts';
import { planFormat } from './key.ts';
import type { Recipe } from './plan.ts';
import type { BuildRecord } from './record.ts';

/** Why a layer with this key has to be made, against what the last build of the same target was made from. */
export function layerReasons(
  key: LayerKey,
  recipe: Recipe,
  now: BuildRecord,
  before: BuildRecord | undefined,
): readonly Reason[] {
  if (before === undefined) return [{ kind: 'never-built' }];
  const evicted = before.layers[key];
  if (evicted !== undefined) return [{ kind: 'evicted', digest: evicted }];
  if (before.format !== planFormat) return [{ kind: 'format', from: before.format, to: planFormat }];
  const reasons = [...changesOf(recipe, now, before), ...settingReasons(now, before)];
  return reasons.length > 0 ? reasons : [{ kind: 'never-built' }];
}

export function baseReasons(digest: Digest, before: BuildRecord | undefined): readonly Reason[] {
  return before === undefined || before.base === digest ? [] : [{ kind: 'base', from: before.base, to: digest }];
}

function changesOf(recipe: Recipe, now: BuildRecord, before: BuildRecord): readonly Reason[] {
  switch (recipe.kind) {
    case 'package':
      return packageReasons(recipe.packages, before, new Set(recipe.packages.map(({ name }) => name)));
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

function packageReasons(
  packages: readonly PlannedPackage[],
  before: BuildRecord,
  names: ReadonlySet<string>,
): readonly Reason[] {
  const byName = new Map(packages.map((item) => [item.name, item]));
  return [...names].toSorted().flatMap((name): readonly Reason[] => {
    const item = byName.get(name);
    const [from, sha256] = (Object.hasOwn(before.packages, name) ? before.packages[name] : undefined) ?? [];
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
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].toSorted().flatMap((path): readonly Reason[] => {
    if (now[path] === before[path]) return [];
    const change = before[path] === undefined ? 'added' : now[path] === undefined ? 'removed' : 'changed';
    return [{ kind: 'file', change, path }];
  });
}

function settingReasons(now: BuildRecord, before: BuildRecord): readonly Reason[] {
  return Object.entries(now.settings).flatMap(([key, to]): readonly Reason[] => {
    const from = before.settings[key];
    return from === undefined || from === to ? [] : [{ kind: 'setting', key, from, to }];
  });
}
