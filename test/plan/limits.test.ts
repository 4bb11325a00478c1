import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Limits } from '../../src/config/target.ts';
import { digestOf, type LayerKey, parseDiffId } from '../../src/oci/digest.ts';
import type { KeptLayer } from '../../src/cache/kept-layer.ts';
import { draw } from '../../src/plan/draw.ts';
import { judge, type Known } from '../../src/plan/judge.ts';
import { judgeSize, limitErrors, limitErrorsAfter } from '../../src/plan/limits.ts';
import type { PlannedPackage, PlatformInputs } from '../../src/plan/inputs.ts';
import type { BuildRecord } from '../../src/plan/record.ts';
import type { ImageSize, JudgedSize, PartSizes } from '../../src/plan/size.ts';
import { inputsOf, plannedPackage, specs } from './specs.ts';

const [mb, gb] = [1e6, 1e9];

interface Wheel {
  readonly name: string;
  readonly version?: string;
  readonly megabytes?: number;
  readonly requires?: readonly string[];
  readonly requested?: boolean;
}

function packagesOf(wheels: readonly Wheel[]): readonly PlannedPackage[] {
  return wheels.map(({ name, version = '1.0', megabytes = 1, requires = [], requested = false }) => ({
    ...plannedPackage({ name, version, build: 0, sizeBytes: megabytes * mb, requested }, { folder: '/' }),
    requires,
  }));
}

/** What is said of packages that came where others were. */
function said(was: readonly Wheel[], is: readonly Wheel[], sizes: Partial<PartSizes> = {}): string | undefined {
  const all = (wheels: readonly PlannedPackage[]): number =>
    wheels.reduce((sum, { wheel }) => sum + wheel.sizeBytes, 0);
  const [before, now] = [packagesOf(was), packagesOf(is)];
  const record = {
    packages: Object.fromEntries(
      before.map(({ name, version, wheel }) => [name, [version, wheel.sha256, wheel.sizeBytes]]),
    ),
    sizes: { base: 100 * mb, packages: all(before), app: mb },
  } as unknown as BuildRecord;
  const size: ImageSize = { base: 100 * mb, packages: all(now), app: mb, isEstimate: true, ...sizes };
  const inputs = { python: { packages: now } } as unknown as PlatformInputs;
  const judged = judgeSize({ limits: { growthBytes: 0 } }, inputs, size, record);
  assert(judged.excesses.length <= 1);
  return judged.excesses[0]?.because;
}

const nvidia = Array.from({ length: 15 }, (_, index) => ({ name: `nvidia-part${index}`, megabytes: 180 }));
const torch = { name: 'torch', version: '2.12', megabytes: 200, requested: true };
const withParts = { ...torch, requires: nvidia.map(({ name }) => name) };

describe('what an image grew by is told', () => {
  const cases: Readonly<Record<string, readonly [readonly Wheel[], readonly Wheel[], string | undefined]>> = {
    'by the package that brings the others': [
      [{ ...torch, version: '2.11' }, { name: 'six' }],
      [withParts, ...nvidia, { name: 'six' }],
      'torch 2.12 now brings 15 nvidia packages (2.7 GB)',
    ],
    'by the package that came, with those it brings': [
      [],
      [withParts, ...nvidia, { name: 'numpy', megabytes: 20, requires: [], requested: true }],
      'torch 2.12 added, with 15 nvidia packages (2.9 GB), numpy 1.0 added (20.0 MB)',
    ],
    'through packages between': [
      [{ name: 'app', version: '0.9' }],
      [
        { name: 'app', requires: ['mid'] },
        { name: 'mid', requires: ['leaf'] },
        { name: 'leaf', megabytes: 7 },
      ],
      'app 1.0 now brings 2 packages (8.0 MB)',
    ],
    'where they require each other': [
      [],
      [
        { name: 'a', requires: ['b'] },
        { name: 'b', requires: ['a'], megabytes: 2 },
      ],
      'b 1.0 added (2.0 MB), a 1.0 added (1.0 MB)',
    ],
    'one by one where the lock does not say who requires what': [
      [torch],
      [torch, ...nvidia.slice(0, 2), { name: 'other', megabytes: 3 }],
      'nvidia-part0 1.0 added (180 MB), nvidia-part1 1.0 added (180 MB), and 1 more',
    ],
    'a package alone by its versions': [
      [{ name: 'numpy', megabytes: 5 }],
      [{ name: 'numpy', version: '2.0', megabytes: 26 }],
      'numpy 1.0 → 2.0 (21.0 MB)',
    ],
    'nothing of packages that became smaller': [
      [{ name: 'a', megabytes: 5 }],
      [
        { name: 'a', version: '2.0', megabytes: 1 },
        { name: 'b', megabytes: 9 },
      ],
      'b 1.0 added (9.0 MB)',
    ],
    'nothing when it did not grow': [[{ name: 'a' }], [{ name: 'a' }], undefined],
    'names that objects have': [[], [{ name: 'constructor', megabytes: 2 }], 'constructor 1.0 added (2.0 MB)'],
  };
  for (const [what, [was, is, expected]] of Object.entries(cases)) {
    it(what, () => assert.equal(said(was, is), expected));
  }

  it('by families of names, and how many more', () => {
    const others = [{ name: 'triton' }, { name: 'sympy' }];
    const all = { ...torch, requires: [...withParts.requires, 'triton', 'sympy'] };
    assert.equal(
      said([{ ...torch, version: '2.11' }], [all, ...nvidia, ...others]),
      'torch 2.12 now brings 15 nvidia packages and 2 more (2.7 GB)',
    );
  });

  it('base and app too', () => {
    assert.equal(said([], [], { base: 150 * mb, app: 11 * mb }), 'the base grew (50.0 MB), the app grew (10.0 MB)');
  });
});

function judged(limits: Limits, size: Partial<ImageSize>, beforeBytes?: number): JudgedSize {
  const before =
    beforeBytes === undefined
      ? undefined
      : ({ packages: {}, sizes: { base: beforeBytes, packages: 0, app: 0 } } as unknown as BuildRecord);
  const all: ImageSize = { base: 0, packages: 0, app: 0, isEstimate: false, ...size };
  return judgeSize({ limits }, {} as PlatformInputs, all, before);
}

describe('limits', () => {
  const over = (limits: Limits, bytes: number, before?: number): readonly string[] =>
    judged(limits, { base: bytes }, before).excesses.map(({ limit, limitBytes }) => `${limit} ${limitBytes}`);

  it('are kept by what is just as large, and not by a byte more', () => {
    assert.deepEqual(over({ sizeBytes: 10 }, 10), []);
    assert.deepEqual(over({ sizeBytes: 10 }, 11), ['size 10']);
    assert.deepEqual(over({ growthBytes: 5 }, 15, 10), []);
    assert.deepEqual(over({ growthBytes: 5 }, 16, 10), ['growth 5']);
    assert.deepEqual(over({ growthPercent: 10 }, 110, 100), []);
    assert.deepEqual(over({ growthPercent: 10 }, 111, 100), ['growth 10']);
    assert.deepEqual(over({ growthPercent: 12.5, sizeBytes: 1 }, 2 * gb, gb), ['size 1', 'growth 125000000']);
  });

  it('of growth are not judged without a build before, or when it became smaller', () => {
    assert.deepEqual(over({ growthBytes: 0, growthPercent: 0 }, 10), []);
    assert.deepEqual(over({ growthBytes: 0 }, 9, 10), []);
  });

  it('of size name what is large, where there is nothing before', () => {
    const [excess] = judged({ sizeBytes: 1 }, { base: 50 * mb }).excesses;
    assert.equal(excess?.because, 'the base (50.0 MB)');
  });
});

function layerOf(key: LayerKey, sizeBytes: number): KeptLayer {
  const digest = digestOf(`blob of ${key}`);
  return { digest, diffId: parseDiffId(digest), sizeBytes, uncompressedSizeBytes: 9, mediaType: 'layer' };
}

const nothing: Known = { layers: new Map(), records: new Map() };

it('an image counts base and layers, stale ones as their wheels and the app when it is made', () => {
  fc.assert(
    fc.property(specs, fc.nat(1000), (spec, sizeBytes) => {
      const drawing = draw(inputsOf(spec));
      const stale = judge(drawing, nothing);
      const made = new Map([...drawing.layers.keys()].map((key) => [key, layerOf(key, sizeBytes)]));
      const fresh = judge(drawing, { ...nothing, layers: made });
      for (const [index, { platforms }] of stale.targets.entries()) {
        for (const [at, platform] of platforms.entries()) {
          const packages = platform.inputs.python?.packages ?? [];
          const wheels = packages.reduce((sum, { wheel }) => sum + wheel.sizeBytes, 0);
          assert(platform.size.isEstimate && platform.size.app === 0);
          assert(
            platform.size.totalBytes >= wheels + 1 &&
              platform.size.totalBytes <= wheels + 1 + 4096 + 1024 * packages.length,
          );
          const exact = fresh.targets[index]?.platforms[at];
          assert.equal(exact?.size.totalBytes, 1 + sizeBytes * platform.layers.length);
          assert.equal(exact.size.isEstimate, false);
        }
      }
    }),
    { numRuns: 100 },
  );
});

it('what is judged by what was made is judged as a plan judges what is there', () => {
  fc.assert(
    fc.property(specs, fc.nat(100), fc.nat(400), (spec, sizeBytes, limit) => {
      const inputs = inputsOf(spec);
      const limited = {
        ...inputs,
        targets: inputs.targets.map((one) => ({ ...one, target: { ...one.target, limits: { sizeBytes: limit } } })),
      };
      const drawing = draw(limited);
      const made = new Map([...drawing.layers.keys()].map((key) => [key, layerOf(key, sizeBytes)]));
      const after = limitErrorsAfter(judge(drawing, nothing), made).map(({ message }) => message);
      const fresh = limitErrors(judge(drawing, { ...nothing, layers: made })).map(({ message }) => message);
      assert.deepEqual(after, fresh);
    }),
    { numRuns: 100 },
  );
});
