import { chooseWheel } from '../../src/python/choose.ts';
import type { MarkerEnvironment } from '../../src/python/environment.ts';
import type { LockedPackage } from '../../src/python/lock/package.ts';
import { readPylockTable } from '../../src/python/lock/pylock-read.ts';
import { selectPylock } from '../../src/python/lock/pylock.ts';
import { Table } from '../../src/python/table.ts';
import { supportedTags } from '../../src/python/tags.ts';
import { parseToml } from '../../src/python/toml.ts';
import { compareAll, loadVectors, orError, vectorTest } from './vectors.ts';

type Picked = readonly [name: string, version: string | null, kind: string, filename: string | null];

interface Case {
  readonly doc: object;
  readonly environment: MarkerEnvironment | null;
  readonly tags: readonly string[] | null;
  readonly extras: readonly string[] | null;
  readonly groups: readonly string[] | null;
  readonly out: readonly Picked[] | { readonly error: string };
}

interface Vectors {
  readonly validate: readonly { readonly doc: object; readonly out: unknown }[];
  readonly select: readonly Case[];
  readonly spec_example_toml: string;
}

/** What stands in for an environment that is null. */
const environment: MarkerEnvironment = {
  implementation_name: 'cpython',
  implementation_version: '3.11.7',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '',
  platform_system: 'Linux',
  platform_version: '',
  python_full_version: '3.11.7',
  python_version: '3.11',
  sys_platform: 'linux',
};
const tags = supportedTags({
  implementation: 'cpython',
  version: [3, 11],
  freeThreaded: false,
  libc: { kind: 'glibc', version: '2.36' },
  machine: 'x86_64',
});

const tableOf = (doc: object): Table =>
  new Table(
    { file: 'pylock.toml', code: 'lock-syntax', locate: () => ({ file: 'pylock.toml', line: 1, column: 1 }) },
    doc,
  );

vectorTest('a pylock.toml is right where packaging says it is', (t) => {
  const { validate, spec_example_toml } = loadVectors('pylock') as Vectors;
  compareAll(
    t,
    'pylock documents checked',
    validate,
    ({ doc }) => orError(() => void readPylockTable(tableOf(doc), '/project')) ?? 'right',
    ({ out }) => (typeof out === 'object' && out !== null && 'error' in out ? 'error' : 'right'),
  );
  readPylockTable(parseToml(spec_example_toml, 'pylock.toml', 'lock-syntax'), '/project');
});

vectorTest('what is selected from a pylock.toml is what packaging selects', (t) => {
  const { select } = loadVectors('pylock') as Vectors;
  compareAll(
    t,
    'selections from pylock documents',
    select,
    (one) => orError(() => picked(one)) ?? 'error',
    ({ out }) => ('error' in out ? 'error' : out.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
});

/** Packages by name with the file that is taken; undefined where one has none. */
function picked(one: Case): readonly Picked[] | undefined {
  const lock = readPylockTable(tableOf(one.doc), '/project');
  const { packages } = selectPylock(lock, {
    environment: one.environment ?? environment,
    extras: one.extras ?? [],
    ...(one.groups && { groups: one.groups }),
  });
  const rows = packages.map((item) => pick(item, one.tags ?? tags));
  return rows.some((row) => row === undefined) ? undefined : rows.filter((row) => row !== undefined);
}

function pick(item: LockedPackage, supported: readonly string[]): Picked | undefined {
  const version = item.version ?? null;
  if (item.source.kind === 'git') return [item.name, version, 'PackageVcs', null];
  if (item.source.kind === 'directory') return [item.name, version, 'PackageDirectory', null];
  if (item.source.kind !== 'index') return [item.name, version, 'PackageArchive', null];
  const wheel = chooseWheel(item.wheels, supported);
  if (wheel) return [item.name, version, 'PackageWheel', wheel.filename];
  return item.sdist && [item.name, version, 'PackageSdist', item.sdist.filename];
}
