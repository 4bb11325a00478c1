import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { digestOf, type LayerKey } from '../../src/oci/digest.ts';
import type { BaseFacts } from '../../src/base/base.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { appKey, type CopyPart, venvKey } from '../../src/plan/key.ts';
import type { PlatformInputs } from '../../src/plan/inputs.ts';
import type { MarkerEnvironment } from '../../src/python/environment.ts';
import { inputsOf, specs } from './specs.ts';

const bytes = { compression: { type: 'gzip' }, mtimeSeconds: 0 } as const;
const file: Entry = {
  type: 'file',
  path: 'app/a',
  mode: 0o644,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  content: { kind: 'bytes', bytes: Buffer.alloc(0) },
};
const [platform] = inputsOf(fc.sample(specs, 1)[0] ?? { targets: [] }).targets.flatMap(({ platforms }) => platforms);
assert(platform !== undefined);

/** A copy out of another target's image. */
interface Copy {
  readonly base: string;
  readonly layers: readonly string[];
  readonly rule: CopyPart['rule'];
  readonly place: CopyPart['place'];
}

const copy: Copy = {
  base: 'one',
  layers: ['venv', 'app'],
  rule: { src: '/out', dest: 'static/' },
  place: { workdir: '/app', directories: [] },
};

function keyOf(copies: readonly Copy[], folders: BaseFacts['folders'] = {}, entries: readonly Entry[] = []): LayerKey {
  const parts = copies.map(({ base, layers, rule, place }): CopyPart => {
    const image = { ...platform, base: { digest: digestOf(base) } } as unknown as PlatformInputs;
    return {
      rule,
      place,
      layers: layers.map((one) => digestOf(one) as string as LayerKey),
      from: { image } as CopyPart['from'],
    };
  });
  return appKey(entries, bytes, parts, folders);
}

const others: Readonly<Record<string, LayerKey>> = {
  'none copied': keyOf([]),
  'a file beside it': keyOf([copy], {}, [file]),
  'the base of what it is copied from': keyOf([{ ...copy, base: 'two' }]),
  'a layer of what it is copied from': keyOf([{ ...copy, layers: ['venv', 'other'] }]),
  'what is copied': keyOf([{ ...copy, rule: { ...copy.rule, src: '/other' } }]),
  'where it goes': keyOf([{ ...copy, rule: { ...copy.rule, dest: 'other/' } }]),
  'its mode': keyOf([{ ...copy, rule: { ...copy.rule, mode: 0o600 } }]),
  'its owner': keyOf([{ ...copy, rule: { ...copy.rule, owner: { uid: 1, gid: 1 } } }]),
  'the workdir': keyOf([{ ...copy, place: { ...copy.place, workdir: '/srv' } }]),
  'a folder that is made': keyOf([{ ...copy, place: { ...copy.place, directories: [{ path: '/app/static' }] } }]),
  'a folder of the base below': keyOf([copy], { '/app': { mode: 0o700, uid: 0, gid: 0 } }),
  'a second copy': keyOf([copy, { ...copy, rule: { ...copy.rule, src: '/other' } }]),
  'two copies the other way round': keyOf([{ ...copy, rule: { ...copy.rule, src: '/other' } }, copy]),
};

it('what is copied out of another image: each of these makes another key', () => {
  const keys = [keyOf([copy]), ...Object.values(others)];
  assert.equal(new Set(keys).size, keys.length, Object.keys(others).join(', '));
  assert.equal(keyOf([structuredClone(copy)]), keyOf([copy]));
});

it('folders of the base below reach no app layer that copies nothing from images', () => {
  assert.equal(keyOf([], { '/app': { mode: 0o700, uid: 0, gid: 0 } }, [file]), keyOf([], {}, [file]));
});

it('every part of what markers are evaluated in, and of what binaries must fit, changes the key of a venv with packages', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      for (const { python, facts } of inputsOf(spec).targets.flatMap(({ platforms }) => platforms)) {
        assert(python !== undefined);
        const before = venvKey(python, facts, bytes);
        const machines: readonly Partial<BaseFacts>[] = [
          { machine: 'another' },
          { libc: { kind: 'musl', version: '1.2' } },
          { libraries: ['another'] },
        ];
        for (const one of machines) {
          const isOther: boolean = venvKey(python, { ...facts, ...one }, bytes) !== before;
          assert.equal(isOther, python.packages.length > 0, Object.keys(one).join(''));
        }
        for (const name of Object.keys(python.environment)) {
          const environment: MarkerEnvironment = { ...python.environment, [name]: 'another' };
          const isOther: boolean = venvKey({ ...python, environment }, facts, bytes) !== before;
          assert.equal(isOther, python.packages.length > 0, name);
        }
      }
    }),
    { numRuns: 100 },
  );
});
