import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { addImage, addIndex, emptyBlobs, tagged, writeLayout } from '../../base/image.ts';
import { binary, official } from '../../base/systems.ts';
import { addWheels, manifest, requirements, smallWheel } from '../../cli/project.ts';
import { rejectsWith } from '../../support/rejects.ts';
import type { Rig, RigFiles } from '../../support/rig.ts';
import { fakeUv, pipMissing } from '../../support/tools.ts';
import { makeWheel } from '../../support/wheel.ts';
import { Locking } from './locking.ts';

const skip = pipMissing;
const pylock = 'pylock.web.toml';
const textOf = ({ rig }: { readonly rig: Rig }, name: string): string => readFileSync(rig.path(name), 'utf8');
const current = ['same pycontainer.lock', `same ${pylock}`];
const outdated = ['same pycontainer.lock', `changed ${pylock}`];

const wishes: readonly (readonly [what: string, files: RigFiles])[] = [
  ['requirements.in', { 'requirements.in': 'alpha\n' }],
  ['an unpinned requirements.txt', { 'requirements.txt': 'alpha\nbeta==1.0\n' }],
  ['pyproject.toml', { 'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["alpha"]\n' }],
];

for (const [what, files] of wishes) {
  test(`${what} is resolved by lock alone, and then planned from the lock`, { skip }, async () => {
    await using locking = await Locking.open(files);
    const refused = await locking.plan().then(
      () => assert.fail('it was planned'),
      (error: unknown) => error as { code: string; hint: string },
    );
    assert.match(refused.code, /^lock-(?:not-found|unpinned)$/);
    assert.match(refused.hint, /`pycontainer lock`/);
    locking.tools.addPython();
    assert.deepEqual(await locking.lock([], { check: true }), outdated);
    assert(!existsSync(locking.rig.path(pylock)));
    assert.deepEqual(await locking.lock(), outdated);
    assert.deepEqual(await locking.lock([], { check: true }), current);
    assert.deepEqual(await locking.lock(), current);
    assert.deepEqual(await locking.wheels(), [['alpha-1.0-py3-none-any.whl', 'beta-1.0-py3-none-any.whl']]);
  });
}

test(
  'lock takes newer versions; a lock that was made from other requirements is refused by name',
  { skip },
  async () => {
    await using locking = await Locking.open({ 'requirements.in': 'alpha\n' });
    locking.tools.addPython();
    await locking.lock();
    addWheels(locking.rig, makeWheel({ name: 'beta', version: '2.0' }));
    assert.deepEqual(await locking.lock([], { check: true }), current);
    assert.deepEqual(await locking.lock(), outdated);
    assert.match(textOf(locking, pylock), /beta-2\.0-py3/);
    locking.rig.write({ 'requirements.in': 'alpha\nsmall>=1\n' });
    assert.deepEqual(await locking.lock([], { check: true }), outdated);
    const error = await rejectsWith(locking.plan(), 'lock-outdated');
    assert.equal(error.message, `${pylock} is out of date: it was made without small>=1`);
    assert.equal(error.hint, 'Run `pycontainer lock web`.');
    await locking.lock(['web']);
    await locking.plan();
    rmSync(locking.rig.path('requirements.in'));
    await rejectsWith(locking.plan(), 'lock-outdated', /made from requirements.in, which is not there/);
  },
);

test('the manifest’s constraints, extras, groups and a `from` that is no lock are heeded', { skip }, async () => {
  await using locking = await Locking.open({
    'pycontainer.yaml': `${manifest}    dependencies: { from: sub/pyproject.toml, extras: [fast], groups: [web], constraints: [limits.txt] }\n`,
    'requirements.txt': requirements(smallWheel),
    'limits.txt': 'beta<2\n',
    'sub/pyproject.toml':
      '[project]\nname = "shop"\nversion = "1"\n[project.optional-dependencies]\nfast = ["alpha"]\n[dependency-groups]\nweb = ["small"]\n',
  });
  locking.tools.addPython();
  addWheels(locking.rig, makeWheel({ name: 'beta', version: '2.0' }));
  await locking.lock();
  assert.match(
    textOf(locking, pylock),
    /from = "sub\/pyproject\.toml"\nrequirements = \[\n {2}"alpha",\n {2}"small",\n\]\nconstraints = \[\n {2}"beta<2",\n\]/,
  );
  const wheels = ['alpha-1.0-py3-none-any.whl', 'beta-1.0-py3-none-any.whl', smallWheel.filename];
  assert.deepEqual(await locking.wheels(), [wheels]);
});

test('a lock for two platforms has the wheels of both, and each image gets its own', { skip }, async () => {
  await using locking = await Locking.open({
    'pycontainer.yaml': manifest.replace('[linux/amd64]', '[linux/amd64, linux/arm64]'),
    'requirements.in': 'native\n',
  });
  const { rig, tools } = locking;
  tools.addPython();
  const wheels = ['x86_64', 'aarch64'].map((machine) =>
    makeWheel({ name: 'native', tag: `cp312-cp312-manylinux_2_17_${machine}` }),
  );
  addWheels(rig, ...wheels);
  await writeTwoPlatforms(rig);
  await locking.lock();
  assert.deepEqual(
    await locking.wheels(),
    wheels.map(({ filename }) => [filename]),
  );
});

test('targets that want the same are resolved once, each into a lock of its own', async () => {
  await using locking = await Locking.open({
    'pycontainer.yaml': `${manifest}  worker: { extends: web, cmd: [x], tags: [] }\n`,
    'requirements.in': 'small\n',
  });
  const { rig, tools } = locking;
  const log = path.join(rig.root, 'log');
  const answer = fakeUv(path.join(rig.root, 'log.json'), { pylock: smallLock(rig) });
  tools.add('uv', `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(log)}, 'x');\n${answer}`);
  assert.deepEqual(await locking.lock(), [...outdated, 'changed pylock.worker.toml']);
  assert.equal(readFileSync(log, 'utf8'), 'x');
  const { layers } = await locking.plan();
  assert.deepEqual(
    layers.filter(({ kind }) => kind === 'app').map(({ usedBy }) => usedBy),
    [['web linux/amd64', 'worker linux/amd64']],
    'neither lock is packed',
  );
});

test('what a stand-in for uv answers is written, and planned', async () => {
  await using locking = await Locking.open({ 'requirements.in': 'small\n' });
  locking.tools.add('uv', fakeUv(path.join(locking.rig.root, 'log.json'), { pylock: smallLock(locking.rig) }));
  await locking.lock();
  assert.match(textOf(locking, pylock), /^requires-python = ">=3.12"\ncreated-by = "pycontainer"$/m);
  assert.deepEqual(await locking.wheels(), [[smallWheel.filename]]);
});

test('a merge conflict in a lock of ours is told with its line and the way out', async () => {
  const lock = 'lock-version = "1.0"\n<<<<<<< ours\n=======\n>>>>>>> theirs\n';
  await using locking = await Locking.open({ 'requirements.in': 'small\n', [pylock]: lock });
  const error = await rejectsWith(locking.lock(), 'lock-syntax', /pylock.web.toml/);
  assert.equal(error.location?.line, 2);
  assert.match(error.hint ?? '', /keep either side.*`pycontainer lock`/);
});

test('one target that cannot be resolved keeps all locks as they are', { skip }, async () => {
  await using locking = await Locking.open({
    'pycontainer.yaml': `${manifest}  bad: { base: oci:../base, cmd: [x], dependencies: { from: bad.in } }\n`,
    'requirements.in': 'alpha\n',
    'bad.in': 'no-such-package\n',
  });
  locking.tools.addPython();
  await rejectsWith(locking.lock(), 'lock-failed', /no-such-package/);
  assert(!existsSync(locking.rig.path(pylock)));
});

test('a lock of another tool is left alone, and so is a project that wants nothing', async () => {
  for (const files of [{ 'requirements.txt': requirements(smallWheel) }, { 'requirements.in': '# nothing yet\n' }]) {
    await using locking = await Locking.open(files);
    const before = readdirSync(locking.rig.folder);
    assert.deepEqual(await locking.lock(), ['same pycontainer.lock']);
    assert.deepEqual(readdirSync(locking.rig.folder), before);
    await locking.plan();
  }
});

test('an entry of pycontainer.lock that no target uses goes when all are locked, and only then', async () => {
  await using locking = await Locking.open({
    'requirements.txt': requirements(smallWheel),
    'pycontainer.yaml': `${manifest}  other: { base: oci:../base, cmd: [x] }\n`,
  });
  const pin = `base docker.io/library/python:3.8 linux/amd64 sha256:${'ab'.repeat(32)} python=3.8.1\n`;
  locking.rig.write({ 'pycontainer.lock': `version 1\n${pin}` });
  assert.deepEqual(await locking.lock(['web']), ['same pycontainer.lock']);
  assert(textOf(locking, 'pycontainer.lock').includes(pin));
  assert.deepEqual(await locking.lock([], { check: true }), ['changed pycontainer.lock']);
  assert(textOf(locking, 'pycontainer.lock').includes(pin));
  assert.deepEqual(await locking.lock(), ['changed pycontainer.lock']);
  assert(!textOf(locking, 'pycontainer.lock').includes('python:3.8'));
  assert.deepEqual(await locking.lock([], { check: true }), ['same pycontainer.lock']);
});

/** What uv would write for the small wheel, named by its path. */
function smallLock(rig: Rig): string {
  const wheel = path.relative(rig.folder, path.join(rig.root, 'wheels', smallWheel.filename));
  const sha256 = requirements(smallWheel).split('sha256:')[1]?.trim() ?? '';
  return `lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.12"

[[packages]]
name = "small"
version = "1.0"
wheels = [{ path = "${wheel}", hashes = { sha256 = "${sha256}" } }]
`;
}

/** A base for amd64 and arm64. */
async function writeTwoPlatforms(rig: Rig): Promise<void> {
  const blobs = emptyBlobs();
  const loader = '/lib/ld-linux-aarch64.so.1';
  const over = { 'usr/local/bin/python3.12': binary({ machine: 'aarch64', loader }), 'lib/ld-linux-aarch64.so.1': '' };
  const manifests = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      const layers = architecture === 'arm64' ? [...official.layers, over] : official.layers;
      return { ...(await addImage(blobs, { ...official, layers, platform })), platform };
    }),
  );
  writeLayout(path.join(rig.root, 'base'), blobs, [tagged(addIndex(blobs, manifests), 'latest')]);
}
