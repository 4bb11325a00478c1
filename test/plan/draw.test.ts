import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { draw, type Drawing } from '../../src/plan/draw.ts';
import { inputsOf, type PackageSpec, type PlatformSpec, type Spec, specs, type TargetSpec } from './specs.ts';

/** An edit of one platform of one target; false when it cannot be made there. */
type Edit = (platform: PlatformSpec, target: TargetSpec, spec: Spec) => boolean | void;
type Part = 'packages' | 'own package' | 'venv' | 'app';

const first = ({ packages }: PlatformSpec): PackageSpec | undefined => packages[0];
const onPackage = (edit: (item: PackageSpec) => void): Edit => {
  return (platform) => {
    const item = first(platform);
    if (item === undefined) return false;
    edit(item);
    return true;
  };
};
const inLayout = (layout: PlatformSpec['layout'], edit: Edit): Edit => {
  return (platform, target, spec) => (platform.layout === layout ? edit(platform, target, spec) : false);
};
const onPackageless = (packageless: boolean, edit: Edit): Edit => {
  return (platform, target, spec) =>
    (platform.packages.length === 0) === packageless ? edit(platform, target, spec) : false;
};
const onFile = (edit: (files: PlatformSpec['files'], name: string) => void): Edit => {
  return ({ files }) => {
    const [name] = Object.keys(files);
    if (name === undefined) return false;
    edit(files, name);
    return true;
  };
};

/** What changes exactly which layers of the image it is made in. */
const mattering: Readonly<Record<string, readonly [Edit, readonly Part[]]>> = {
  "a file's text": [onFile((files, name) => (files[name] = { mode: 0o644, text: 'other!' })), ['app']],
  "a file's mode": [onFile((files, name) => (files[name] = { text: 'x', ...files[name], mode: 0o700 })), ['app']],
  "a file's owner": [onFile((files, name) => Object.assign(files[name] ?? {}, { uid: 7 })), ['app']],
  'a time of its own': [onFile((files, name) => Object.assign(files[name] ?? {}, { mtimeSeconds: 7 })), ['app']],
  'a file that becomes a link': [onFile((files, name) => Object.assign(files[name] ?? {}, { link: 'there' })), ['app']],
  'a file that becomes a folder': [
    onFile((files, name) => Object.assign(files[name] ?? {}, { isFolder: true })),
    ['app'],
  ],
  'a file that comes': [({ files }) => void (files['app/new file'] = { text: '', mode: 0o644 }), ['app']],
  'a file that goes': [onFile((files, name) => delete files[name]), ['app']],
  "a package's bytes": [onPackage((item) => (item.build += 10)), ['own package', 'venv']],
  "a package's version": [onPackage((item) => (item.version = '9.9')), ['own package', 'venv']],
  'who asked for a package': [onPackage((item) => (item.requested = !item.requested)), ['venv']],
  'where a package came from': [onPackage((item) => (item.directUrl = 'https://example.org/y.whl')), ['venv']],
  'the prefix': [(platform) => void (platform.prefix = '/elsewhere'), ['packages', 'venv']],
  'the layout': [
    (platform) => void (platform.layout = platform.layout === 'flat' ? 'venv' : 'flat'),
    ['packages', 'venv'],
  ],
  'the minor version of Python': [({ python }) => void (python.version = '3.9.1'), ['packages', 'venv']],
  'another Python than CPython': [({ python }) => void (python.implementation = 'pypy'), ['packages', 'venv']],
  'a Python without its lock': [({ python }) => void (python.freeThreaded = true), ['packages', 'venv']],
  'where the interpreter is, in a venv': [
    inLayout('venv', ({ python }) => void (python.path = '/elsewhere')),
    ['venv'],
  ],
  'where the interpreter is, in a flat layout': [
    inLayout('flat', ({ python }) => void (python.path = '/elsewhere')),
    ['packages', 'venv'],
  ],
  "that the base's own packages are seen": [(platform) => void (platform.basePackages = {}), ['venv']],
  "what the base's own packages are": [(platform) => void (platform.basePackages = { pip: '25.0' }), ['venv']],
  'the patch version of Python': [({ python }) => void (python.version = `${python.version}9`), ['venv']],
  // Not that the layer differs: what the packages lack in the base is kept with it.
  "the base's machine": [onPackageless(false, (platform) => void (platform.machine = 'riscv64')), ['venv']],
  "the base's libraries": [onPackageless(false, (platform) => void (platform.libraries = ['libz.so.1'])), ['venv']],
  'the kind of C library below packages': [
    onPackageless(false, (platform) => void (platform.libcKind = 'musl')),
    ['venv'],
  ],
  'the time': [(platform) => void (platform.mtimeSeconds += 1), ['packages', 'venv', 'app']],
  'the compression': [
    (platform) => void (platform.compression = { type: 'zstd', level: 7 }),
    ['packages', 'venv', 'app'],
  ],
};

const idle: Readonly<Record<string, Edit>> = {
  'the base': (platform) => void (platform.base = 'another'),
  "the version of the user's own project": (platform) => void (platform.projects = { shop: '2.0' }),
  'what the lock says that packages require': onPackage((item) => (item.requires = ['another'])),
  'the version of the libc': (platform) => void (platform.libc = '2.0'),
  'a label': (platform) => void (platform.label = 'another'),
  'where the project lies': (platform) => void (platform.folder = '/elsewhere'),
  'the architecture': (platform) => void (platform.architecture = 'riscv64'),
  'the machine below an image without packages': onPackageless(true, (platform) => {
    platform.machine = 'riscv64';
    platform.libraries = ['libz.so.1'];
  }),
  'the order of files': (platform) =>
    void (platform.files = Object.fromEntries(Object.entries(platform.files).toReversed())),
  'the order of packages in the lock': ({ packages }) => void packages.reverse(),
  'the order of platforms': (_, { platforms }) => void platforms.reverse(),
  'the order of targets': (_, __, { targets }) => void targets.reverse(),
  'what is allowed, kept and delivered': (_, target) =>
    void (target.wishes = { limits: { sizeBytes: 1 }, cacheTo: ['h/c'] }),
  'whether odd packages are errors': (_, target) => void (target.isStrict = true),
  'the name of the target': (_, target) => void (target.name = 'renamed'),
  'another target': (platform, target, { targets }) => {
    const files = { 'app/x': { text: 'other', mode: 0o644 } };
    targets.push({ ...target, name: 'other', platforms: [{ ...structuredClone(platform), files, packages: [] }] });
  },
  'the same target under another name': (_, target, { targets }) =>
    void targets.push({ ...structuredClone(target), name: 'other' }),
};

/** Keys of one image by what they are of: `venv`, `app`, or the names of packages. */
function keysOf(drawing: Drawing, image: string): ReadonlyMap<string, string> {
  return new Map(
    (drawing.images.get(image) ?? []).map((key) => {
      const recipe = drawing.layers.get(key)?.recipe;
      assert(recipe !== undefined);
      return [recipe.kind === 'package' ? recipe.packages.map(({ name }) => name).join(' ') : recipe.kind, key];
    }),
  );
}

function isOf(part: Part, slot: string, edited: PackageSpec | undefined): boolean {
  if (part === 'venv' || part === 'app') return slot === part;
  const names = slot.split(' ');
  return slot !== 'venv' && slot !== 'app' && (part === 'packages' || names.includes(edited?.name ?? ''));
}

const aPlace = fc.record({ target: fc.nat(2), platform: fc.nat(1) });

for (const [what, [edit, parts]] of Object.entries(mattering)) {
  it(`${what} changes exactly the keys of ${parts.join(', ')}, in its own image alone`, () => {
    fc.assert(
      fc.property(specs, aPlace, (before, at) => {
        const after = structuredClone(before);
        const target = after.targets[at.target % after.targets.length];
        const platform = target?.platforms[at.platform % target.platforms.length];
        assert(target !== undefined && platform !== undefined);
        // A venv is there for its links alone; a flat layout without packages has none.
        if (platform.packages.length === 0) platform.layout = 'venv';
        const drawnBefore = draw(inputsOf(after));
        const ours = `${target.name} linux/${platform.architecture}`;
        if (edit(platform, target, after) === false) return;
        if (platform.packages.length === 0 && platform.layout === 'flat') return;
        const drawnAfter = draw(inputsOf(after));
        for (const image of drawnBefore.images.keys()) {
          const [was, is] = [keysOf(drawnBefore, image), keysOf(drawnAfter, image)];
          assert.deepEqual([...is.keys()], [...was.keys()]);
          for (const [slot, key] of is) {
            const expected: boolean = image === ours && parts.some((part) => isOf(part, slot, first(platform)));
            assert.equal(key !== was.get(slot), expected, `${slot} of ${image}`);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
}

for (const [what, edit] of Object.entries(idle)) {
  it(`${what} changes no key`, () => {
    fc.assert(
      fc.property(specs, aPlace, (before, at) => {
        const after = structuredClone(before);
        const target = after.targets[at.target % after.targets.length];
        const platform = target?.platforms[at.platform % target.platforms.length];
        assert(target !== undefined && platform !== undefined);
        edit(platform, target, after);
        const [was, is] = [draw(inputsOf(before)), draw(inputsOf(after))];
        const sets = [was, is].map(({ images }) => new Set([...images.values()].map((keys) => keys.join(' '))));
        assert.deepEqual(sets[0]?.difference(sets[1] ?? new Set()), new Set());
      }),
      { numRuns: 200 },
    );
  });
}

it('equal layers are one, whoever needs them, and what a layer needs comes before it', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      const { layers, images } = draw(inputsOf(spec));
      const seen = new Set<string>();
      for (const [key, { recipe, usedBy }] of layers) {
        if (recipe.kind === 'venv') for (const below of recipe.after) assert(seen.has(below));
        seen.add(key);
        const users = [...images].filter(([, keys]) => keys.includes(key)).map(([name]) => name);
        assert.deepEqual([...usedBy].sort(), users.sort());
      }
      assert.deepEqual(seen, new Set([...images.values()].flat()));
    }),
    { numRuns: 200 },
  );
});
