import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Reason } from '../../src/events.ts';
import { digestOf, type LayerKey, parseDiffId } from '../../src/oci/digest.ts';
import { draw } from '../../src/plan/draw.ts';
import { judge, type Known } from '../../src/plan/judge.ts';
import type { KeptLayer } from '../../src/cache/kept-layer.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { BuildRecord } from '../../src/plan/record.ts';
import { inputsOf, type PackageSpec, type PlatformSpec, type Spec, specs, type TargetSpec } from './specs.ts';

const nothing: Known = { layers: new Map(), records: new Map() };
const large = 1 << 20;

function layerOf(key: LayerKey): KeptLayer {
  const digest = digestOf(`blob of ${key}`);
  return { digest, diffId: parseDiffId(digest), sizeBytes: 7, uncompressedSizeBytes: 9, mediaType: 'layer' };
}

/** What is known after the spec was built. */
function built(spec: Spec): Known {
  const plan = judge(draw(inputsOf(spec)), nothing);
  const records = new Map<string, BuildRecord>();
  for (const { target, platforms } of plan.targets) {
    for (const { inputs, layers, record } of platforms) {
      const digests = Object.fromEntries(layers.map((key) => [key, layerOf(key).digest]));
      // As it comes back from the store.
      const kept = JSON.parse(JSON.stringify({ ...record, layers: digests })) as BuildRecord;
      records.set(`${target.name} linux/${inputs.platform.architecture}`, kept);
    }
  }
  return { layers: new Map(plan.layers.map(({ key }) => [key, layerOf(key)])), records };
}

function planAfter(before: Spec, after: Spec): Plan {
  return judge(draw(inputsOf(after)), built(before));
}

function aPackage(name: string, more: Partial<PackageSpec> = {}): PackageSpec {
  return { name, version: '1.0', build: 0, sizeBytes: 1000, requested: false, ...more };
}

/** Two large packages and two small ones. */
function project(): Spec & { platform: PlatformSpec; target: TargetSpec } {
  const platform: PlatformSpec = {
    architecture: 'amd64',
    base: 'one',
    python: { path: '/usr/bin/python3.12', version: '3.12.6' },
    machine: 'x86_64',
    libraries: [],
    libc: '2.36',
    prefix: '/opt/venv',
    layout: 'venv',
    packages: [
      aPackage('idna'),
      aPackage('numpy', { sizeBytes: 20 * large }),
      aPackage('scipy', { sizeBytes: 30 * large }),
      aPackage('six'),
    ],
    files: { 'app/main.py': { text: 'main', mode: 0o644 }, 'etc/passwd': { text: 'root', mode: 0o644 } },
    compression: { type: 'gzip' },
    mtimeSeconds: 315532800,
    label: 'a',
    folder: '/home/a',
  };
  const target: TargetSpec = { name: 'api', platforms: [platform], layering: { strategy: 'package' } };
  return { targets: [target], platform, target };
}

/** Stale layers with their reasons, by title. */
function reasonsAfter(edit: (spec: ReturnType<typeof project>) => void): Record<string, readonly Reason[]> {
  const after = project();
  edit(after);
  const { layers, targets } = planAfter(project(), after);
  const stale = layers.filter(({ state }) => state === 'stale').map(({ title, reasons }) => [title, reasons] as const);
  const base = targets[0]?.platforms[0]?.base;
  return Object.fromEntries(base?.state === 'stale' ? [...stale, ['base', base.reasons]] : stale);
}

const packageAt = { file: '/home/a/uv.lock', line: 1, column: 1 };
const python = (from: string, to: string): Reason => ({ kind: 'setting', key: 'python', from, to });

describe('a stale layer says why', () => {
  const cases: Readonly<
    Record<string, readonly [(spec: ReturnType<typeof project>) => void, Record<string, readonly Reason[]>]>
  > = {
    'nothing when nothing changed': [() => undefined, {}],
    'files that were changed, added and removed, by the paths that the user knows': [
      ({ platform }) => {
        platform.files = {
          'app/main.py': { text: 'other', mode: 0o644 },
          'app/constructor': { text: '', mode: 0o644 },
        };
      },
      {
        app: [
          { kind: 'file', change: 'removed', path: '/etc/passwd' },
          { kind: 'file', change: 'added', path: 'constructor' },
          { kind: 'file', change: 'changed', path: 'main.py' },
        ],
      },
    ],
    'a bump, with the line and the bytes at stake': [
      ({ platform }) => {
        platform.packages[1] = aPackage('numpy', { version: '2.0', sizeBytes: 20 * large });
      },
      {
        'numpy 2.0': [
          { kind: 'package', name: 'numpy', from: '1.0', to: '2.0', location: packageAt, sizeBytes: 20 * large },
        ],
        venv: [{ kind: 'package', name: 'numpy', from: '1.0', to: '2.0', location: packageAt, sizeBytes: 20 * large }],
      },
    ],
    'a package that is gone, in the layer that held it': [
      ({ platform }) => void platform.packages.splice(0, 1),
      {
        'six 1.0': [{ kind: 'package', name: 'idna', from: '1.0' }],
        venv: [{ kind: 'package', name: 'idna', from: '1.0' }],
      },
    ],
    'the same wheels that are only divided anew': [
      ({ target }) => (target.layering = { strategy: 'package', budget: 2 }),
      { '3 packages': [{ kind: 'divided', joined: ['numpy'], left: [] }] },
    ],
    'the same wheels that make room for a larger one': [
      ({ platform, target }) => {
        target.layering = { strategy: 'package', budget: 3 };
        platform.packages.push(aPackage('torch', { sizeBytes: 99 * large }));
      },
      {
        'torch 1.0': [{ kind: 'package', name: 'torch', to: '1.0', location: packageAt, sizeBytes: 99 * large }],
        '3 packages': [{ kind: 'divided', joined: ['numpy'], left: [] }],
        venv: [{ kind: 'package', name: 'torch', to: '1.0', location: packageAt, sizeBytes: 99 * large }],
      },
    ],
    'what moved in the base, beside the base itself; no package, no app': [
      ({ platform }) => {
        platform.base = 'two';
        platform.python = { path: '/usr/bin/python3.12', version: '3.12.7' };
        platform.libc = '2.41';
      },
      {
        venv: [python('3.12.6', '3.12.7')],
        base: [
          { kind: 'base', from: digestOf('one'), to: digestOf('two') },
          python('3.12.6', '3.12.7'),
          { kind: 'setting', key: 'libc', from: 'glibc 2.36', to: 'glibc 2.41' },
        ],
      },
    ],
    'a base that moved alone': [
      ({ platform }) => (platform.base = 'two'),
      { base: [{ kind: 'base', from: digestOf('one'), to: digestOf('two') }] },
    ],
    'the base, where the venv is made anew for nothing else of it': [
      ({ platform }) => {
        platform.base = 'two';
        platform.libraries = ['libz.so.1'];
      },
      Object.fromEntries(
        ['venv', 'base'].map((title) => [title, [{ kind: 'base', from: digestOf('one'), to: digestOf('two') }]]),
      ),
    ],
    'a setting, in the layers that it reaches': [
      ({ platform }) => (platform.compression = { type: 'zstd', level: 7 }),
      Object.fromEntries(
        ['numpy 1.0', 'scipy 1.0', '2 packages', 'venv', 'app'].map((title) => [
          title,
          [{ kind: 'setting', key: 'compression', from: 'gzip', to: 'zstd 7' }],
        ]),
      ),
    ],
  };
  for (const [what, [edit, expected]] of Object.entries(cases)) {
    it(what, () => assert.deepEqual(reasonsAfter(edit), expected));
  }

  it('a new minor version of Python, in every layer that is made for it', () => {
    const reasons = reasonsAfter(({ platform }) => (platform.python.version = '3.13.0'));
    assert.deepEqual(reasons['numpy 1.0'], [
      { kind: 'setting', key: 'python-abi', from: 'cpython 3.12', to: 'cpython 3.13' },
    ]);
    assert.deepEqual(reasons['venv'], [python('3.12.6', '3.13.0')]);
  });

  it('that it was never built, when nothing is known of its image', () => {
    const { layers } = judge(draw(inputsOf(project())), nothing);
    for (const { reasons } of layers) assert.deepEqual(reasons, [{ kind: 'never-built' }]);
  });

  it('that it is no longer in the store', () => {
    const known = built(project());
    const plan = judge(draw(inputsOf(project())), { ...known, layers: new Map() });
    for (const { key, reasons } of plan.layers) {
      assert.deepEqual(reasons, [{ kind: 'evicted', digest: layerOf(key).digest }]);
    }
  });

  it('that it was asked for, where nothing was looked for', () => {
    const known = built(project());
    const plan = judge(draw(inputsOf(project())), { ...known, layers: new Map(), anew: true });
    for (const { reasons } of plan.layers) assert.deepEqual(reasons, [{ kind: 'asked' }]);
  });

  it('that it was made by another version, however much else changed', () => {
    const known = built(project());
    const [[name, record] = ['', undefined]] = known.records;
    assert(record !== undefined);
    const old = { format: '0', base: record.base, layers: {}, settings: {} } as unknown as BuildRecord;
    const after = project();
    after.platform.base = 'two';
    const plan = judge(draw(inputsOf(after)), { layers: new Map(), records: new Map([[name, old]]) });
    for (const { reasons } of plan.layers)
      assert.deepEqual(reasons, [{ kind: 'format', from: '0', to: record.format }]);
    assert.deepEqual(
      plan.targets[0]?.platforms[0]?.base.reasons.map(({ kind }) => kind),
      ['base'],
    );
  });

  it('from an image that was built before, where a new one needs the layer too', () => {
    const after = project();
    after.platform.files['app/main.py'] = { text: 'other', mode: 0o644 };
    after.targets.unshift({ ...after.target, name: 'aaa' });
    const { layers } = planAfter(project(), after);
    assert.deepEqual(
      layers.filter(({ state }) => state === 'stale').map(({ reasons }) => reasons),
      [[{ kind: 'file', change: 'changed', path: 'main.py' }]],
    );
  });
});

it('after a build all is fresh, and the image is known', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const plan = planAfter(spec, structuredClone(spec));
      for (const { state, reasons, layer } of plan.layers) {
        assert(state === 'fresh' && reasons.length === 0 && layer !== undefined);
      }
      for (const { image, platforms } of plan.targets) {
        assert(image !== undefined);
        for (const { base } of platforms) assert.equal(base.state, 'fresh');
      }
    }),
    { numRuns: 100 },
  );
});

it('from any project to any other, whatever is stale has a reason, and what is fresh has none', () => {
  fc.assert(
    fc.property(specs, specs, (before, after) => {
      const known = built(before);
      const plan = judge(draw(inputsOf(after)), known);
      for (const { key, state, reasons } of plan.layers) {
        assert.equal(state === 'fresh', known.layers.has(key));
        assert.equal(reasons.length === 0, state === 'fresh');
      }
      for (const { platforms, image } of plan.targets) {
        const complete = platforms.every(({ layers }) => layers.every((key) => known.layers.has(key)));
        assert.equal(image !== undefined, complete);
      }
    }),
    { numRuns: 300 },
  );
});

it('what was written down of the last build changes nothing that is written down of this one', () => {
  fc.assert(
    fc.property(specs, specs, fc.boolean(), (before, other, isSame) => {
      const after = isSame ? before : other;
      const anew = judge(draw(inputsOf(after)), nothing);
      for (const [index, target] of planAfter(before, after).targets.entries()) {
        for (const [at, { record }] of target.platforms.entries()) {
          const expected = anew.targets[index]?.platforms[at]?.record;
          assert.deepEqual(
            { ...record, files: new Map(record.files) },
            { ...expected, files: new Map(expected?.files) },
          );
        }
      }
    }),
    { numRuns: 150 },
  );
});

it('never says never built of an image that was, unless a layer comes that had no forerunner', () => {
  fc.assert(
    fc.property(specs, specs, (before, after) => {
      const plan = planAfter(before, after);
      const known = built(before).records;
      for (const { reasons, usedBy, kind } of plan.layers) {
        if (kind !== 'app' || !usedBy.some((name) => known.has(name))) continue;
        assert(reasons.every((reason) => reason.kind !== 'never-built'));
      }
    }),
    { numRuns: 200 },
  );
});
