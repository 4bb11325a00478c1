import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { LayerKey } from '../../src/oci/digest.ts';
import { draw, type Drawing } from '../../src/plan/draw.ts';
import type { Inputs, PlatformInputs, TargetCopy, TargetInputs } from '../../src/plan/inputs.ts';
import { judge } from '../../src/plan/judge.ts';
import { withPythonBelow } from '../../src/plan/packages-below.ts';
import { inputsOf, type PlatformSpec, type Spec, specs } from './specs.ts';

interface Pair {
  readonly core: PlatformSpec;
  readonly api: PlatformSpec;
}

/** Two targets with one platform each; what they have in common is the prefix and the interpreter. */
const pairs: fc.Arbitrary<Pair> = fc.tuple(specs, specs).map(([a, b]): Pair => {
  const [core, api] = [a, b].map(({ targets }) => targets[0]?.platforms[0]);
  assert(core !== undefined && api !== undefined);
  const { base, python, machine, libc, libraries } = core;
  const packages = api.packages.map((item) => core.packages.find(({ name }) => name === item.name) ?? item);
  return {
    core: { ...core, layout: 'venv', prefix: '/opt/venv' },
    api: { ...api, base, python, machine, libc, libraries, packages, layout: 'venv', prefix: '/opt/venv' },
  };
});

/** `api`, which stands on `core` or copies from it, as gathering has it. */
function inputsFor({ core, api }: Pair, how: 'on it' | 'copying'): Inputs {
  const target = (name: string, platform: PlatformSpec): Spec => ({
    targets: [{ name, platforms: [platform], layering: { strategy: 'package' } }],
  });
  const [below, own] = [inputsOf(target('core', core)).targets[0], inputsOf(target('api', api)).targets[0]];
  const [image, platform] = [below?.platforms[0], own?.platforms[0]];
  assert(below !== undefined && own !== undefined && image !== undefined && platform !== undefined);
  const on = { target: below.target, image };
  const copy: TargetCopy = { rule: { src: '/a', dest: '/b' }, from: on, place: { workdir: '/app', directories: [] } };
  const placed: PlatformInputs =
    how === 'copying'
      ? { ...platform, copies: [copy] }
      : {
          ...platform,
          below: on,
          ...(platform.python === undefined ? {} : { python: withPythonBelow(platform.python, 'api', on) }),
        };
  const asked: TargetInputs = { ...own, platforms: [placed] };
  return { targets: [asked], bases: [below] };
}

const keysOf = ({ images }: Drawing, name: string): readonly LayerKey[] => images.get(`${name} linux/amd64`) ?? [];
const ownOf = (drawing: Drawing): readonly LayerKey[] => keysOf(drawing, 'api').slice(keysOf(drawing, 'core').length);
const edited = (pair: Pair, edit: (pair: Pair) => void): Pair => {
  const copy = structuredClone(pair);
  edit(copy);
  return copy;
};
const touch = ({ files }: PlatformSpec): void => void (files['app/new file'] = { text: '', mode: 0o644 });

describe('a target on another', () => {
  it('has its layers first, and installs only what that one has not', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const drawing = draw(inputsFor(pair, 'on it'));
        const [core, api] = [keysOf(drawing, 'core'), keysOf(drawing, 'api')];
        assert.deepEqual(api.slice(0, core.length), core);
        const there = new Set(pair.core.packages.map(({ name }) => name));
        const installed = ownOf(drawing).flatMap((key) => {
          const recipe = drawing.layers.get(key)?.recipe;
          return recipe?.kind === 'package' ? recipe.packages.map(({ name }) => name) : [];
        });
        const missing = pair.api.packages.map(({ name }) => name).filter((name) => !there.has(name));
        assert.deepEqual(installed.toSorted(), missing.toSorted());
      }),
      { numRuns: 150 },
    );
  });

  it('keeps the keys of its own layers when a file below changes, and one key changes below', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const [was, is] = [pair, edited(pair, ({ core }) => touch(core))].map((one) => draw(inputsFor(one, 'on it')));
        assert(was !== undefined && is !== undefined);
        const changed = keysOf(is, 'core').filter((key) => !keysOf(was, 'core').includes(key));
        assert.equal(changed.length, 1);
        // Equal apps are one layer, so a difference below brings the own one back.
        assert.deepEqual(
          ownOf(is).filter((key) => !ownOf(was).includes(key) && !keysOf(was, 'core').includes(key)),
          [],
        );
      }),
      { numRuns: 150 },
    );
  });

  it('changes nothing below', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const after = edited(pair, ({ api }) => touch(api));
        const alone = draw({ targets: inputsFor(pair, 'on it').bases, bases: [] });
        assert.deepEqual(keysOf(draw(inputsFor(after, 'on it')), 'core'), keysOf(alone, 'core'));
      }),
      { numRuns: 80 },
    );
  });

  it('is drawn after what it needs, whoever is asked for first', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom('on it', 'copying'), (pair, how) => {
        const { targets, bases } = inputsFor(pair, how);
        const drawing = draw({ targets: [...targets, ...bases], bases: [] });
        const seen = new Set<string>();
        for (const [key, { recipe, usedBy, ownedBy }] of drawing.layers) {
          if (recipe.kind !== 'package') for (const below of recipe.after) assert(seen.has(below));
          seen.add(key);
          const users = [...drawing.images].filter(([, keys]) => keys.includes(key)).map(([name]) => name);
          assert.deepEqual(usedBy.toSorted(), users.toSorted());
          assert(ownedBy.length > 0 && ownedBy.every((name) => usedBy.includes(name)));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is copied from a target', () => {
  it('changes the key of the app layer, and no other, whenever a layer of that target changes', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const [was, is] = [pair, edited(pair, ({ core }) => touch(core))].map((one) => draw(inputsFor(one, 'copying')));
        assert(was !== undefined && is !== undefined);
        const [before, after] = [keysOf(was, 'api'), keysOf(is, 'api')];
        assert.deepEqual(after.slice(0, -1), before.slice(0, -1));
        assert.notEqual(after.at(-1), before.at(-1));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the key when only the config of that target changes, or where the projects lie', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const after = edited(pair, ({ core, api }) => {
          core.label = 'another';
          core.folder = api.folder = '/elsewhere';
        });
        const [was, is] = [pair, after].map((one) => draw(inputsFor(one, 'copying')));
        assert(was !== undefined && is !== undefined);
        assert.deepEqual(keysOf(is, 'api'), keysOf(was, 'api'));
      }),
      { numRuns: 100 },
    );
  });
});

it('a base target with stale layers makes the base stale, and says which target it is', () => {
  fc.assert(
    fc.property(pairs, (pair) => {
      const { targets, bases } = judge(draw(inputsFor(pair, 'on it')), { layers: new Map(), records: new Map() });
      const base = targets[0]?.platforms[0]?.base;
      assert.equal(base?.text, 'target:core');
      assert.deepEqual(base?.reasons, [{ kind: 'below', node: 'image:core' }]);
      assert.deepEqual(bases[0]?.outputs, []);
    }),
    { numRuns: 20 },
  );
});
