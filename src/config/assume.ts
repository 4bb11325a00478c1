import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'smol-toml';
import { foldersUpwards } from './discover.ts';
import { resolveManifest } from './manifest.ts';
import { loadSettings } from './settings.ts';
import { SourceText, type Span } from './source.ts';
import type { LoadOptions } from './load.ts';
import type { MapNode, SourceNode } from './node.ts';
import type { Config } from './target.ts';

/**
 * A Config for a project without a manifest: one target, named after the project, whose context is the nearest folder
 * with a pyproject.toml up to the repository's root, else `cwd`. Whether that is a Python project is not judged.
 */
export async function assumeConfig({ cwd, env, set = [] }: Omit<LoadOptions, 'file'>): Promise<Config> {
  const project = await findProject(cwd);
  const root = project?.folder ?? path.resolve(cwd);
  const name = targetName(project?.name ?? '') ?? targetName(path.basename(root)) ?? 'app';
  const shown = path.relative(cwd, path.join(root, 'pyproject.toml'));
  const config = resolveManifest(manifestWith(name, new SourceText(shown, project?.text ?? '')), { env, root, set });
  return { ...config, registries: (await loadSettings(env)).registries };
}

/** A name as targets have it: lower case, every other run of characters a hyphen; undefined when nothing is left. */
export function targetName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return name === '' ? undefined : name;
}

async function findProject(cwd: string): Promise<{ folder: string; text: string; name?: string } | undefined> {
  for (const folder of await foldersUpwards(cwd)) {
    const text = await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const name = projectName(text);
    return { folder, text, ...(name === undefined ? {} : { name }) };
  }
  return undefined;
}

/** A file that is not valid TOML has no name here; who reads the project says what is wrong with it. */
function projectName(text: string): string | undefined {
  try {
    const { project } = parse(text);
    const name = typeof project === 'object' && 'name' in project ? project['name'] : undefined;
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

function manifestWith(name: string, source: SourceText): SourceNode {
  const span: Span = { source, start: 0, end: 0 };
  const mapOf = (entries: [string, SourceNode][]): MapNode => ({
    kind: 'map',
    entries: new Map(entries.map(([key, value]) => [key, { key: span, value }])),
    span,
  });
  return mapOf([['targets', mapOf([[name, mapOf([])]])]]);
}
