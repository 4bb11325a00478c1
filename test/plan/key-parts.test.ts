import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import * as fc from 'fast-check';
import type { LayerKey } from '../../src/oci/digest.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { layerFormat } from '../../src/layer/make.ts';
import { appFormat, appKey, entriesHash, packagesKey, planFormat, venvKey } from '../../src/plan/key.ts';
import type { PlannedPackage, PythonInputs } from '../../src/plan/inputs.ts';
import type { InstallTarget } from '../../src/python/install/target.ts';
import { inputsOf, plannedPackage, specs } from './specs.ts';

type Bytes = Parameters<typeof packagesKey>[2];

const install: InstallTarget = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' };
const bytes: Bytes = { compression: { type: 'gzip', level: 3 }, mtimeSeconds: 0 };
const item = { version: '1.0', build: 0, sizeBytes: 1, requested: true };
const one = plannedPackage({ name: 'one', ...item }, { folder: '/project' });
const two = plannedPackage({ name: 'two', ...item }, { folder: '/project' });
const file: Entry = { type: 'symlink', path: 'app/a', mode: 0o777, uid: 0, gid: 0, target: 'b' };

const [platform] = inputsOf(fc.sample(specs, 1)[0] ?? { targets: [] }).targets.flatMap(({ platforms }) => platforms);
assert(platform?.python !== undefined);
const { facts } = platform;
const python: PythonInputs = { ...platform.python, install, packages: [one, two] };

const withWheel = (wheel: Partial<PlannedPackage['wheel']>): PlannedPackage => ({
  ...one,
  wheel: { ...one.wheel, ...wheel },
});

/** Differs from what all keys are made of in one part alone. */
const installs: Readonly<Record<string, InstallTarget>> = {
  prefix: { ...install, prefix: '/srv/venv' },
  pythonVersion: { ...install, pythonVersion: [3, 13] },
  layout: { ...install, layout: 'flat' },
  implementation: { ...install, implementation: 'pypy' },
  freeThreaded: { ...install, freeThreaded: true },
  interpreter: { ...install, interpreter: '/usr/bin/python3' },
};
const encodings: Readonly<Record<string, Bytes>> = {
  'compression.type': { ...bytes, compression: { type: 'zstd', level: 3 } },
  'compression.level': { ...bytes, compression: { type: 'gzip', level: 4 } },
  mtimeSeconds: { ...bytes, mtimeSeconds: 1 },
};
const wheels: Readonly<Record<string, readonly PlannedPackage[]>> = {
  'wheel.sha256': [withWheel({ sha256: '0'.repeat(64) }), two],
  'wheel.filename': [withWheel({ filename: 'one-1.0-py2.py3-none-any.whl' }), two],
  'a package less': [one],
  'a package more': [one, two, { ...two, wheel: { ...two.wheel, sha256: '0'.repeat(64) } }],
  'their order': [two, one],
};

function mapped<T>(table: Readonly<Record<string, T>>, make: (value: T) => LayerKey): Record<string, LayerKey> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, make(value)]));
}

/** Names the parts that make no other key, or the same one as another. */
function assertAllDiffer(plain: LayerKey, others: Readonly<Record<string, LayerKey>>): void {
  const seen = new Map<LayerKey, string>([[plain, 'nothing']]);
  for (const [name, key] of Object.entries(others)) {
    assert(!seen.has(key), `${name} makes the same key as ${seen.get(key) ?? ''}`);
    seen.set(key, name);
  }
}

it('each part of the key of a package layer changes it alone', () => {
  assertAllDiffer(packagesKey([one, two], install, bytes), {
    ...mapped(installs, (other) => packagesKey([one, two], other, bytes)),
    ...mapped(wheels, (other) => packagesKey(other, install, bytes)),
    ...mapped(encodings, (other) => packagesKey([one, two], install, other)),
  });
});

it('each part of the key of a venv layer changes it alone', () => {
  const interpreter = python.interpreter;
  const changed: Readonly<Record<string, PythonInputs>> = {
    'interpreter.path': { ...python, interpreter: { ...interpreter, path: '/another/python3' } },
    'interpreter.version': { ...python, interpreter: { ...interpreter, version: '3.12.99' } },
    'packages of the base': { ...python, basePackages: { another: '1' } },
    requested: { ...python, packages: [{ ...one, requested: false }, two] },
    directUrl: { ...python, packages: [{ ...one, directUrl: 'https://example.org/another.whl' }, two] },
    inBase: { ...python, packages: [{ ...one, inBase: true }, two] },
  };
  assertAllDiffer(venvKey(python, facts, bytes), {
    ...mapped(installs, (other) => venvKey({ ...python, install: other }, facts, bytes)),
    ...mapped(wheels, (packages) => venvKey({ ...python, packages }, facts, bytes)),
    ...mapped(changed, (other) => venvKey(other, facts, bytes)),
    ...mapped(encodings, (other) => venvKey(python, facts, other)),
  });
});

it('each part of the key of an app layer changes it alone', () => {
  const entries: Readonly<Record<string, Entry>> = {
    path: { ...file, path: 'app/b' },
    mode: { ...file, mode: 0o755 },
    uid: { ...file, uid: 1 },
    gid: { ...file, gid: 1 },
    'a time of its own': { ...file, mtimeSeconds: 0 },
    target: { ...file, target: 'c' },
    type: { ...file, type: 'hardlink' },
  };
  assertAllDiffer(appKey([file], bytes), {
    ...mapped(entries, (entry) => appKey([entry], bytes)),
    ...mapped(encodings, (other) => appKey([file], other)),
  });
});

// No parts of two kinds are equal today, and nobody should have to see to that.
it('the kind of a layer, and both formats, stand in its key', () => {
  const all = [planFormat, layerFormat, appFormat, 'gzip', 3, 0, entriesHash([file])];
  const key = createHash('sha256').update(JSON.stringify(all)).digest('hex');
  assert.equal(appKey([file], bytes), `sha256:${key}`);
});
