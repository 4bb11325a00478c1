import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { markerEnvironment } from '../../src/python/environment.ts';
import { normalizeName } from '../../src/python/name.ts';
import type { LockedPackage, LockedSource } from '../../src/python/lock/package.ts';
import { rootsOf, selectUv } from '../../src/python/lock/uv-lock.ts';
import type { UvLockFile } from '../../src/python/lock/uv-model.ts';
import { parseProject } from '../../src/python/project.ts';
import { checkUvFreshness } from '../../src/python/lock/uv-fresh.ts';
import { parseUvLock } from '../../src/python/lock/uv-read.ts';
import { loadVectors, vectorTest } from './vectors.ts';

interface UvCase {
  readonly suite: string;
  readonly test: string;
  readonly python: string;
  readonly lock: string;
  readonly pyproject: string | null;
  readonly args: readonly string[];
  readonly installed: readonly (readonly [string, string, string | null])[] | null;
}

/** Where we answer otherwise than uv, and why; at most five. */
const differences = new Map([
  [
    'lock_dependency_metadata_git --frozen',
    'the lock says one version (by an override of metadata) and the commit builds another; we do not build, so we say what the lock says',
  ],
]);

const folder = '/project';

/** Of the one project whose version the lock leaves out. */
const dynamicVersion = '0.1.0';

vectorTest('a uv.lock gives the packages that uv sync installs from it', async (t: TestContext) => {
  const { cases } = loadVectors('uvlock_cases') as { cases: UvCase[] };
  assert.ok(differences.size <= 5);
  for (const [index, item] of cases.entries()) {
    const name = `${item.test} ${item.args.join(' ')}`.trim();
    await t.test(`${index} ${name}`, () => {
      const wanted =
        item.installed?.map(([packageName, version, from]) => [packageName, version, withoutBuildDetails(from)]) ??
        'error';
      if (differences.has(name)) assert.notDeepEqual(answer(item), wanted);
      else assert.deepEqual(answer(item), wanted);
    });
  }
});

/** Locks of the cases that uv made before the pyproject.toml was changed; it reads them because of --frozen. */
const outdated = ['lock_project_with_scoped_overrides', 'lock_sdist_git'];

vectorTest('a uv.lock is called out of date where its pyproject.toml was changed, and only there', async (t) => {
  const { cases } = loadVectors('uvlock_cases') as { cases: UvCase[] };
  let compared = 0;
  for (const item of cases) {
    const lock = parseUvLock(item.lock, `${folder}/uv.lock`, 'uv.lock');
    const project = await parseProject(item.pyproject ?? '', folder, 'pyproject.toml');
    const root = lock.packages.find(({ name }) => name === project.name);
    if (root === undefined) continue;
    compared += 1;
    const check = (): void => checkUvFreshness(lock, [root], project);
    if (outdated.includes(item.test)) assert.throws(check, { code: 'lock-outdated' });
    else assert.doesNotThrow(check, item.test);
  }
  t.diagnostic(`${compared} locks compared with their project`);
  assert.ok(compared > 0);
});

/** What we would install, or `error`. */
function answer(item: UvCase): unknown {
  try {
    const lock = parseUvLock(item.lock.replaceAll('[TEMP_DIR]', folder), `${folder}/uv.lock`, 'uv.lock');
    const { packages } = selectUv(lock, requestOf(lock, item));
    return packages
      .filter(isInstalled)
      .map(({ name, version, source }) => [name, version ?? dynamicVersion, origin(source)]);
  } catch (error) {
    assert.ok(error instanceof PycontainerError, String(error));
    return 'error';
  }
}

function isInstalled({ source }: LockedPackage): boolean {
  return !(source.kind === 'directory' && source.virtual);
}

/** What uv's own tests print behind a package that comes from no index. */
function origin(source: LockedSource): string | null {
  switch (source.kind) {
    case 'index':
      return null;
    case 'url':
      return `from ${source.url}${subdirectory(source)}`;
    case 'git':
      return `from git+${source.url}@${source.commit}${subdirectory(source)}`;
    case 'path':
      return `from file://${source.path}`;
    case 'directory':
      return `from file://${source.path === folder ? `${folder}/` : source.path}`;
  }
}

function subdirectory(source: { readonly subdirectory?: string }): string {
  return source.subdirectory === undefined ? '' : `#subdirectory=${source.subdirectory}`;
}

/** Two things of uv's fragments do not matter to us, since nothing is built from git: LFS, and the path of an archive. */
function withoutBuildDetails(text: string | null): string | null {
  return text?.replace(/#(?:lfs|path)=.*/, '').replace('[TEMP_DIR]', folder) ?? null;
}

function requestOf(lock: UvLockFile, item: UvCase): Parameters<typeof selectUv>[1] {
  const all = (option: string): string[] =>
    item.args.flatMap((argument, index) => {
      if (argument === option) return [normalizeName(item.args[index + 1] ?? '')];
      return argument.startsWith(`${option}=`) ? [normalizeName(argument.slice(option.length + 1))] : [];
    });
  const only = [...all('--only-group'), ...(item.args.includes('--only-dev') ? ['dev'] : [])];
  const standard = only.length > 0 || item.args.includes('--no-dev') ? [] : ['dev'];
  const named = all('--package').flatMap((name) => rootsOf(lock, name));
  const members = item.args.includes('--all-packages')
    ? lock.manifest.members.flatMap((name) => rootsOf(lock, name))
    : [];
  const roots = named.length > 0 ? named : members.length > 0 ? members : rootsOf(lock, undefined);
  return {
    environment: markerEnvironment({
      interpreter: { version: item.python, implementation: 'cpython' },
      machine: 'x86_64',
    }),
    roots,
    extras: new Set(all('--extra')),
    groups: new Set([...standard, ...only, ...all('--group')]),
    onlyGroups: only.length > 0,
  };
}
