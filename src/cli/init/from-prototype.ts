import { readText } from '../../python/text.ts';
import type { Table } from '../../python/table.ts';
import { parseToml } from '../../python/toml.ts';
import type { Draft, SettingKey, SettingValue } from './draft.ts';

/** The settings file of pycontainer-build, the prototype in Python. */
const name = 'pycontainer.toml';

/** Keys of `[build]` that are carried over as they are. */
const sameValue: Readonly<Record<string, SettingKey>> = {
  base_image: 'base',
  workdir: 'workdir',
  entrypoint: 'entrypoint',
  cmd: 'cmd',
  user: 'user',
  env: 'environment',
  labels: 'labels',
  exposed_ports: 'ports',
};

/** What needs nothing any more: it is always so, or belongs to the command line. */
const noLongerNeeded: ReadonlySet<string> = new Set([
  'name',
  'reproducible',
  'verbose',
  'dry_run',
  'use_cache',
  'cache_dir',
  'max_cache_size_mb',
  'output_dir',
]);

/**
 * Reads the prototype's pycontainer.toml: `[build]`, with hyphens or underscores in its keys, and `[registry]`.
 * undefined when there is none. Throws 'manifest-syntax'.
 */
export async function fromPrototype(folder: string): Promise<Draft | undefined> {
  const text = await readText(`${folder}/${name}`, name, 'manifest-syntax');
  return text === undefined ? undefined : prototypeDraft(parseToml(text, name, 'manifest-syntax'));
}

function prototypeDraft(toml: Table): Draft {
  const build = toml.table('build');
  const settings: Partial<Record<SettingKey, SettingValue>> = {};
  const lost: string[] = [];
  const lose = (key: string, instead: string): void => {
    lost.push(`${name}: ${key}: ${instead}`);
  };
  const values = new Map((build?.keys() ?? []).map((key) => [key.replaceAll('-', '_'), build?.raw(key)]));
  for (const [key, raw] of values) {
    const value = settingOf(raw);
    const same = sameValue[key];
    if (value === undefined) lose(key, 'its value has no meaning here');
    else if (same !== undefined) settings[same] = value;
    else if (key === 'context_dir' || key === 'context_path') {
      if (value !== '.') settings.context = value;
    } else if (key === 'platform' || key === 'platforms') settings.platforms = Array.isArray(value) ? value : [value];
    else if (key === 'tag') settings.tags = [value];
    else if (key === 'include_paths' || key === 'include') Object.assign(settings, onlyPaths(value, lose));
    else if (key === 'requirements_file') settings.dependencies = { from: value };
    else if (key === 'include_deps') {
      if (value === false) lose(key, 'what the lock file lists is always installed');
    } else if (key === 'dependencies') lose(key, 'packages come from a lock file; write them to requirements.txt');
    else if (key === 'generate_sbom' || key === 'sbom') {
      if (value !== false) lose(key, 'SBOMs are not supported; make one of the finished image with a tool for that');
    } else if (!noLongerNeeded.has(key)) lose(key, 'no such key is known');
  }
  const registry = toml.table('registry');
  if (registry?.keys().some((key) => key !== 'url') === true) lose('[registry]', 'log in with `pycontainer login`');
  const url = registry?.string('url');
  if (url !== undefined) settings.tags = [withTag(url, values.get('tag'))];
  for (const key of toml.keys()) {
    if (key !== 'build' && key !== 'registry') lose(`[${key}]`, 'no such section is known');
  }
  const imageName = values.get('name');
  return { source: name, settings, lost, ...(typeof imageName === 'string' ? { name: imageName } : {}) };
}

/** The prototype packed these paths and nothing else; here everything is packed that is not left out. */
function onlyPaths(
  value: SettingValue,
  lose: (key: string, instead: string) => void,
): Partial<Record<SettingKey, SettingValue>> {
  const paths = (Array.isArray(value) ? value : [value]).map((path) => String(path).replace(/^\.\//, ''));
  const tops = paths.map((path) => path.replace(/\/+$/, ''));
  if (tops.includes('.') || tops.includes('')) return {};
  if (tops.every((path) => /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.split('/').includes('..')))
    return { exclude: allBut(tops) };
  lose('include_paths', 'all is packed but what ignore rules and `exclude` leave out');
  return {};
}

/** Ignore rules that leave only these paths: at each folder on the way all is left out but the next. */
function allBut(paths: readonly string[]): readonly string[] {
  const rules = new Set(['/*']);
  for (const path of paths) {
    const isBelow = paths.some((other) => path.startsWith(`${other}/`));
    if (isBelow) continue;
    const parts = path.split('/');
    for (const index of parts.keys()) {
      const folder = parts.slice(0, index + 1).join('/');
      rules.add(`!/${folder}`);
      if (index < parts.length - 1) rules.add(`/${folder}/*`);
    }
  }
  return [...rules];
}

function withTag(url: string, tag: unknown): string {
  const repository = url.replace(/^https?:\/\//, '');
  if (/:[^/]+$/.test(repository)) return repository;
  return `${repository}:${typeof tag === 'string' ? (/:([^/:]+)$/.exec(tag)?.[1] ?? 'latest') : 'latest'}`;
}

/** What TOML read, as far as the manifest could hold it. */
function settingOf(value: unknown): SettingValue | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) {
    const items = value.map(settingOf);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return undefined;
  const entries = Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const setting = settingOf(item);
    return setting === undefined ? [] : [[key, setting] as const];
  });
  return Object.fromEntries(entries);
}
