import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { discoverManifest, readManifest } from '../config/discover.ts';
import type { Candidate, ManifestPlace } from './completion.ts';

/** The targets and groups that a manifest has, as it is written: nothing else of it is looked at. Of a broken one what can be read. */
export async function manifestTargets({ directory = '.', file }: ManifestPlace): Promise<readonly Candidate[]> {
  try {
    const cwd = path.resolve(directory);
    const found = file === undefined ? await discoverManifest(cwd) : await readManifest(path.resolve(cwd, file), file);
    if (found === undefined) return [];
    const manifest = tableOf(found.file, found.text);
    return [...keysOf(manifest, 'targets', 'target'), ...keysOf(manifest, 'groups', 'group')];
  } catch {
    return [];
  }
}

function tableOf(file: string, text: string): unknown {
  if (path.extname(file) !== '.toml') return parseYaml(text, { logLevel: 'silent' });
  const whole: unknown = parseToml(text);
  return path.basename(file) === 'pyproject.toml' ? partOf(partOf(whole, 'tool'), 'pycontainer') : whole;
}

function keysOf(manifest: unknown, part: string, about: string): readonly Candidate[] {
  const table = partOf(manifest, part);
  return typeof table === 'object' && table !== null ? Object.keys(table).map((text) => ({ text, about })) : [];
}

function partOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}
