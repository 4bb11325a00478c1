import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Reason } from '../../src/events.ts';
import { colourPaint } from '../../src/ui/paint.ts';
import { formatPlan } from '../../src/ui/plan.ts';
import type { JudgedSize } from '../../src/plan/size.ts';
import { digestOf, type LayerSketch, planOf, type TargetSketch } from './plans.ts';

const numpy: Reason = {
  kind: 'package',
  name: 'numpy',
  from: '2.3.4',
  to: '2.3.5',
  location: { file: 'uv.lock', line: 812, column: 1 },
  sizeBytes: 21_300_000,
};
const cart: Reason = { kind: 'file', change: 'changed', path: 'src/shop/cart.py' };
const newborn: Reason = { kind: 'never-built' };
const fresh = { state: 'fresh', asked: true, reasons: [] } as const;
const stale = { state: 'stale', asked: false, reasons: [] } as const;

const packages = (count: number): LayerSketch[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'package', title: `package ${index}`, sizeBytes: 1000 }));
const app = (...reasons: Reason[]): LayerSketch => ({
  kind: 'app',
  title: 'app',
  sizeBytes: 600_000,
  ...(reasons.length === 0 ? {} : { reasons }),
});
const venv = (...reasons: Reason[]): LayerSketch => ({
  ...app(...reasons),
  kind: 'venv',
  title: 'venv',
  sizeBytes: 4000,
});
const shop: TargetSketch = {
  name: 'api',
  images: [
    {
      packages: 58,
      layers: [
        ...packages(13),
        { kind: 'package', title: 'numpy 2.3.5', sizeBytes: 21_300_000, reasons: [numpy] },
        venv(numpy),
        app(cart),
      ],
    },
  ],
  outputs: [stale],
  outputName: 'ghcr.io/acme/api:dev',
};

const text = (targets: readonly TargetSketch[], explain = false): string =>
  formatPlan(planOf(targets), { explain, cwd: '/project' });

test('one image is one block: each part, what it is, and the reason beside the fact', () => {
  assert.equal(
    text([shop]),
    `api  linux/amd64
  base          python:3.12-slim@sha256:6fd1…  fresh   CPython 3.12.7, glibc 2.36
  dependencies  58 packages in 14 layers       13 fresh, 1 stale: numpy 2.3.4 → 2.3.5 (uv.lock:812), 21.3 MB
  app           212 files, 1.4 MB              stale: src/shop/cart.py changed
  output        ghcr.io/acme/api:dev           3 layers stale, ~21.9 MB`,
  );
});

test('explain puts every reason on a line of its own', () => {
  const other: Reason = { kind: 'file', change: 'removed', path: 'b.py' };
  const image = { packages: 0, layers: [venv(), app(cart, other)] };
  assert.equal(
    text([{ name: 'api', images: [image], outputs: [fresh] }], true),
    `api  linux/amd64
  base          python:3.12-slim@sha256:6fd1…  fresh   CPython 3.12.7, glibc 2.36
  dependencies  no packages                    fresh
  app           212 files, 1.4 MB              stale: src/shop/cart.py changed, and 1 more
                  app: src/shop/cart.py changed (layer of ~600.0 kB)
                  app: b.py removed
  output        out                            fresh`,
  );
});

test('several platforms have a block each, and one for where they go together', () => {
  const image = { packages: 1, layers: [...packages(1), venv(), app()] };
  const images = [image, { ...image, platform: 'linux/arm64' }];
  assert.equal(
    text([{ name: 'api', images, outputs: [{ ...fresh, asked: false }] }]),
    `api  linux/amd64
  base          python:3.12-slim@sha256:6fd1…  fresh   CPython 3.12.7, glibc 2.36
  dependencies  1 package in 1 layer           fresh
  app           212 files, 1.4 MB              fresh
api  linux/arm64
  base          python:3.12-slim@sha256:6fd1…  fresh   CPython 3.12.7, glibc 2.36
  dependencies  1 package in 1 layer           fresh
  app           212 files, 1.4 MB              fresh
api
  output        out  asked at delivery`,
  );
});

test('a target that was never built says so once', () => {
  const layers = [{ ...packages(1)[0]!, reasons: [newborn] }, venv(newborn), app(newborn)];
  const lines = text([{ name: 'api', images: [{ packages: 1, layers }], outputs: [stale] }]).split('\n');
  assert.match(lines[2] ?? '', / {2}stale: never built$/);
  assert.match(lines[3] ?? '', / {2}stale: never built$/);
});

test('a changed package is named before layers that are merely new', () => {
  const layers = [
    { ...packages(1)[0]!, reasons: [newborn] },
    { kind: 'package', title: 'numpy', sizeBytes: 1, reasons: [numpy] } as const,
    venv(newborn),
    app(),
  ];
  const [, , dependencies] = text([{ name: 'api', images: [{ packages: 2, layers }], outputs: [] }]).split('\n');
  assert.match(dependencies ?? '', / {2}stale: numpy 2\.3\.4 → 2\.3\.5 \(uv\.lock:812\), 21\.3 MB, and 1 more$/);
});

test('a package that went leaves only the venv stale', () => {
  const gone: Reason = { kind: 'package', name: 'idna', from: '3.0' };
  const [, , dependencies] = text([
    { name: 'api', images: [{ packages: 1, layers: [...packages(2), venv(gone), app()] }], outputs: [] },
  ]).split('\n');
  assert.match(dependencies ?? '', / {2}2 fresh, venv stale: idna 3\.0 removed$/);
});

test('a size is shown where there are limits, and what goes beyond them', () => {
  const size = { base: 1, packages: 1, app: 1, totalBytes: 3_312_000_000, beforeBytes: 588_000_000, isEstimate: true };
  const lineOf = (more: Partial<JudgedSize>, limits = {}): string | undefined =>
    text([
      { name: 'api', limits, images: [{ layers: [app()], size: { ...size, excesses: [], ...more } }], outputs: [] },
    ])
      .split('\n')
      .find((line) => line.startsWith('  size'));
  assert.equal(lineOf({}), undefined);
  assert.match(lineOf({}, { sizeBytes: 1 }) ?? '', /^ {2}size {10}~3\.3 GB, was 588\.0 MB {2,}within limits$/);
  assert.match(lineOf({ isEstimate: false }, { sizeBytes: 1 }) ?? '', / 3\.3 GB, was 588\.0 MB {2,}within limits$/);
  const because = 'torch 2.12 now brings 15 nvidia packages (2.7 GB)';
  const excesses = [
    { limit: 'size', limitBytes: 800_000_000, because },
    { limit: 'growth', limitBytes: 50_000_000, because },
  ] as const;
  assert.match(
    lineOf({ excesses }, { sizeBytes: 1 }) ?? '',
    / {2}over limits\.size \(800\.0 MB\) and limits\.growth \(50\.0 MB\): torch 2\.12 now brings 15 nvidia packages \(2\.7 GB\)$/,
  );
});

test('layers that a remote cache has are counted apart', () => {
  const cache = 'acme/cache';
  const [first, second] = [packages(1)[0]!, { kind: 'package', title: 'numpy', sizeBytes: 1 } as const];
  const standing = (...layers: readonly LayerSketch[]): readonly (string | undefined)[] =>
    text([{ name: 'api', images: [{ packages: 2, layers }], outputs: [] }])
      .split('\n')
      .slice(2)
      .map((line) => / {2,}(\S.*)$/.exec(line.slice(40))?.[1]);
  const from = `from cache ghcr.io/${cache}`;
  assert.deepEqual(standing({ ...first, cache }, { ...second, cache }, { ...venv(), cache }, { ...app(), cache }), [
    from,
    from,
  ]);
  const mixed = standing(first, { ...second, cache }, venv(newborn), app());
  assert.deepEqual(mixed, [`1 fresh, 1 ${from}, venv stale: never built`, 'fresh']);
  assert.deepEqual(
    standing({ ...first, cache }, { ...second, reasons: [numpy] }, venv(), app())[0]?.startsWith(
      `1 ${from}, 1 stale: numpy`,
    ),
    true,
  );
});

test('a base that moved says from where, and an output what it lacks', () => {
  const moved: Reason = { kind: 'base', from: digestOf('a'), to: digestOf('b') };
  const lacks = { state: 'stale', asked: true, reasons: [{ kind: 'not-delivered', what: 'tag dev' }] } as const;
  const lines = text([{ name: 'api', images: [{ baseReasons: [moved], layers: [app()] }], outputs: [lacks] }]).split(
    '\n',
  );
  assert.match(lines[1] ?? '', /stale: base moved from sha256:aaaaaaaaaaaa… to sha256:bbbbbbbbbbbb…$/);
  assert.match(lines.at(-1) ?? '', / {2}stale: lacks tag dev$/);
});

test('of a long path the end is shown, of one below the current folder only that', () => {
  const base = (base: string): string =>
    /base\s+(\S+)@/.exec(text([{ name: 'api', images: [{ base, layers: [] }], outputs: [] }]))?.[1] ?? '';
  assert.equal(base('rootfs:/project/bases/one'), 'rootfs:bases/one');
  assert.equal(
    base('rootfs:/a/very/long/way/that/leads/to/somewhere/else'),
    'rootfs:…/long/way/that/leads/to/somewhere/else',
  );
  assert.equal(base(`oci:/x/${'y'.repeat(60)}:tag`), `oci:…/${'y'.repeat(60)}:tag`);
});

test('a text that is far too long does not move the others', () => {
  const [, , app_, output] = text([{ ...shop, images: [{ layers: [app()] }], outputName: 'o'.repeat(90) }]).split('\n');
  assert.equal(app_?.indexOf('fresh'), 47);
  assert.match(output ?? '', /o{90} {2}\S/);
});

test('colours change nothing but colours', () => {
  const plan = planOf([shop]);
  const coloured = formatPlan(plan, { explain: true, cwd: '/project', paint: colourPaint });
  assert.notEqual(coloured, formatPlan(plan, { explain: true, cwd: '/project' }));
  assert.equal(stripVTControlCharacters(coloured), formatPlan(plan, { explain: true, cwd: '/project' }));
});
