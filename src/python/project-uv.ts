import { normalizeName } from './name.ts';
import type { Table } from './table.ts';

/** What `[tool.uv]` says that matters for a lock. */
export interface UvSettings {
  /** Names normalized; 'all' for every group; absent: uv's own default, `dev`. */
  readonly defaultGroups?: readonly string[] | 'all';
  /** Requirements of the older `dev-dependencies`, which belong to the group `dev`. */
  readonly devDependencies: readonly string[];
  readonly package?: boolean;
  readonly workspace?: { readonly members: readonly string[]; readonly exclude: readonly string[] };
  /** Where single packages come from, by normalized name. */
  readonly sources: ReadonlyMap<string, readonly UvSourceSetting[]>;
}

/** One source of a package: the keys as written, `git`, `url`, `path`, `workspace`, `index`, `marker` and so on. */
export type UvSourceSetting = ReadonlyMap<string, string | boolean>;

export function readUvSettings(table: Table | undefined): UvSettings {
  const isPackage = table?.boolean('package');
  const groups = table?.raw('default-groups') === 'all' ? 'all' : table?.strings('default-groups').map(normalizeName);
  const workspace = table?.table('workspace');
  return {
    ...(groups === undefined || table?.has('default-groups') !== true ? {} : { defaultGroups: groups }),
    devDependencies: table?.strings('dev-dependencies') ?? [],
    ...(isPackage === undefined ? {} : { package: isPackage }),
    ...(workspace === undefined
      ? {}
      : { workspace: { members: workspace.strings('members'), exclude: workspace.strings('exclude') } }),
    sources: readSources(table?.table('sources')),
  };
}

function readSources(table: Table | undefined): Map<string, UvSourceSetting[]> {
  const sources = new Map<string, UvSourceSetting[]>();
  for (const key of table?.keys() ?? []) {
    const several = Array.isArray(table?.raw(key)) ? table?.tables(key) : undefined;
    const single = several === undefined ? table?.table(key) : undefined;
    sources.set(normalizeName(key), (several ?? (single === undefined ? [] : [single])).map(readSource));
  }
  return sources;
}

function readSource(table: Table): UvSourceSetting {
  const values = table.keys().map((key) => [key, table.raw(key)] as const);
  return new Map(
    values.filter((entry): entry is [string, string | boolean] => ['string', 'boolean'].includes(typeof entry[1])),
  );
}
