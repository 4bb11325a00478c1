import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { addImage, addIndex, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { binary, glibc, official } from '../base/systems.ts';
import { Rig, type RigFiles } from '../support/rig.ts';
import { fakeUv, pipMissing, Tools } from '../support/tools.ts';
import { makeWheel } from '../support/wheel.ts';
import { addWheels, manifest, requirements, smallWheel, writeBase } from './project.ts';

const skip = pipMissing;
const alpha = makeWheel({ name: 'alpha', metadata: ['Requires-Dist: beta', 'Requires-Dist: gone; os_name == "nt"'] });
const beta = makeWheel({ name: 'beta' });
const newerBeta = makeWheel({ name: 'beta', version: '2.0' });

/** A project whose dependencies no lock pins; the machine's pip is the only tool there is. */
async function project(files: RigFiles): Promise<{ rig: Rig; tools: Tools }> {
  const rig = new Rig({ 'pycontainer.yaml': manifest, 'main.py': 'print("hello")\n', ...files });
  await writeBase(rig, official);
  addWheels(rig, alpha, beta, smallWheel);
  const tools = new Tools(path.join(rig.root, 'bin'));
  Object.assign(rig.env, { PATH: tools.folder });
  return { rig, tools };
}

const pylock = 'pylock.web.toml';
const textOf = (rig: Rig, name: string): string => readFileSync(rig.path(name), 'utf8');

const wishes: readonly (readonly [what: string, files: RigFiles])[] = [
  ['requirements.in', { 'requirements.in': 'alpha\n' }],
  ['an unpinned requirements.txt', { 'requirements.txt': 'alpha\nbeta==1.0\n' }],
  ['pyproject.toml', { 'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["alpha"]\n' }],
];

for (const [what, files] of wishes) {
  test(
    `${what}: plan and up refuse it and run nothing; lock resolves it, and then up installs it`,
    { skip },
    async () => {
      const { rig, tools } = await project(files);
      await using _ = rig;
      const ran = path.join(rig.root, 'ran');
      const trap = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(ran)}, '');`;
      for (const tool of ['uv', 'python3', 'python', 'pip']) tools.add(tool, trap);
      for (const command of what === 'requirements.in' ? ['plan', 'build', 'up'] : ['plan']) {
        const { status, stderr } = await rig.run([command]);
        assert.equal(status, 2);
        assert.match(stderr, /^error\[lock-(?:not-found|unpinned)\][^]*`pycontainer lock`/m);
      }
      assert(!existsSync(ran) && !existsSync(rig.path('pycontainer.lock')));
      for (const tool of ['uv', 'python3', 'python', 'pip']) tools.remove(tool);
      tools.addPython();
      assert.equal((await rig.run(['lock', '--check'])).status, 1);
      assert(!existsSync(rig.path(pylock)));
      const { stdout } = await rig.ok(['lock']);
      assert.match(stdout, /^pylock\.web\.toml written$/m);
      const names = [...textOf(rig, pylock).matchAll(/^name = "(.*)"$/gm)].map(([, name]) => name);
      assert.deepEqual(names, ['alpha', 'beta']);
      await rig.ok(['lock', '--check']);
      assert.match((await rig.ok(['lock'])).stdout, /^pylock\.web\.toml is up to date$/m);
      await rig.ok(['up', '--locked']);
      assert(!readdirSync(rig.env['TMPDIR'] ?? '').some((name) => name.startsWith('pycontainer-')));
    },
  );
}

test(
  'lock takes newer versions; a lock that was made from other requirements is refused by name',
  { skip },
  async () => {
    const { rig, tools } = await project({ 'requirements.in': 'alpha\n' });
    await using _ = rig;
    tools.addPython();
    await rig.ok(['lock']);
    addWheels(rig, newerBeta);
    await rig.ok(['lock', '--check']);
    await rig.ok(['lock']);
    assert.match(textOf(rig, pylock), /beta-2\.0-py3/);
    rig.write({ 'requirements.in': 'alpha\nsmall>=1\n' });
    assert.equal((await rig.run(['lock', '--check'])).status, 1);
    const { status, stderr } = await rig.run(['up', '--locked']);
    assert.equal(status, 2);
    assert.match(stderr, /^error\[lock-outdated\]: pylock\.web\.toml is out of date: it was made without small>=1$/m);
    assert.match(stderr, /help: Run `pycontainer lock web`\.$/m);
    await rig.ok(['lock', 'web']);
    await rig.ok(['up', '--locked']);
  },
);

test('extras, groups and a `from` that is no lock are the target’s own', { skip }, async () => {
  const { rig, tools } = await project({
    'pycontainer.yaml': `${manifest}    dependencies: { from: sub/pyproject.toml, extras: [fast], groups: [web] }\n`,
    'requirements.txt': requirements(smallWheel),
    'sub/pyproject.toml':
      '[project]\nname = "shop"\nversion = "1"\n[project.optional-dependencies]\nfast = ["alpha"]\n[dependency-groups]\nweb = ["small"]\n',
  });
  await using _ = rig;
  tools.addPython();
  await rig.ok(['lock']);
  assert.match(textOf(rig, pylock), /from = "sub\/pyproject\.toml"\nrequirements = \[\n {2}"alpha",\n {2}"small",\n\]/);
  await rig.ok(['up']);
});

test('a lock for two platforms has the wheels of both, and each image gets its own', { skip }, async () => {
  const { rig, tools } = await project({
    'pycontainer.yaml': manifest.replace('[linux/amd64]', '[linux/amd64, linux/arm64]'),
    'requirements.in': 'native\n',
  });
  await using _ = rig;
  tools.addPython();
  for (const machine of ['x86_64', 'aarch64'])
    addWheels(rig, makeWheel({ name: 'native', tag: `cp312-cp312-manylinux_2_17_${machine}` }));
  const blobs = emptyBlobs();
  const arm = binary({ machine: 'aarch64', loader: '/lib/ld-linux-aarch64.so.1' });
  const libc = { 'usr/lib/x86_64-linux-gnu/libc.so.6': glibc('2.36') };
  const over = {
    'usr/local/bin/python3.12': arm,
    'lib/ld-linux-aarch64.so.1': binary({ machine: 'aarch64' }),
    ...libc,
  };
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const manifests = await Promise.all(
    platforms.map(async (platform) => {
      const layers = platform.architecture === 'arm64' ? [...official.layers, over] : official.layers;
      return { ...(await addImage(blobs, { ...official, layers, platform })), platform };
    }),
  );
  writeLayout(path.join(rig.root, 'base'), blobs, [tagged(addIndex(blobs, manifests), 'latest')]);
  await rig.ok(['lock']);
  assert.equal(
    textOf(rig, pylock).match(/name = "native-1\.0-cp312-cp312-manylinux_2_17_(?:x86_64|aarch64)\.whl"/g)?.length,
    2,
  );
  await rig.ok(['up', '--locked']);
});

test('what a stand-in for uv answers is written, and installed', async () => {
  const { rig, tools } = await project({ 'requirements.in': 'small\n' });
  await using _ = rig;
  const wheel = path.relative(rig.folder, path.join(rig.root, 'wheels', smallWheel.filename));
  const sha256 = requirements(smallWheel).split('sha256:')[1]?.trim() ?? '';
  const answer = `lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = ">=3.12"\n\n[[packages]]\nname = "small"\nversion = "1.0"\nwheels = [{ path = "${wheel}", hashes = { sha256 = "${sha256}" } }]\n`;
  tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { pylock: answer }));
  await rig.ok(['lock']);
  assert.match(textOf(rig, pylock), /^requires-python = ">=3.12"\ncreated-by = "pycontainer"$/m);
  await rig.ok(['up', '--locked']);
});

test('without uv and pip the error says how to get a lock, and nothing is written', async () => {
  const { rig } = await project({ 'requirements.in': 'alpha\n' });
  await using _ = rig;
  const { status, stderr } = await rig.run(['lock']);
  assert.equal(status, 2);
  assert.match(stderr, /^error\[lock-not-found\]: requirements\.in [^]*help: Install uv [^]*pip/m);
  assert(!existsSync(rig.path(pylock)) && !existsSync(rig.path('pycontainer.lock')));
});

test('a lock of another tool is left alone', async () => {
  const { rig } = await project({ 'requirements.txt': requirements(smallWheel) });
  await using _ = rig;
  assert.equal((await rig.ok(['lock'])).stdout, 'pycontainer.lock is up to date\n');
  assert.deepEqual(readdirSync(rig.folder).toSorted(), ['main.py', 'pycontainer.yaml', 'requirements.txt']);
});

test('an entry of pycontainer.lock that no target uses goes when all are locked, and only then', async () => {
  const { rig } = await project({
    'requirements.txt': requirements(smallWheel),
    'pycontainer.yaml': `${manifest}  other: { base: oci:../base, cmd: [x] }\n`,
  });
  await using _ = rig;
  const pin = `base docker.io/library/python:3.8 linux/amd64 sha256:${'ab'.repeat(32)} python=3.8.1\n`;
  rig.write({ 'pycontainer.lock': `version 1\n${pin}` });
  await rig.ok(['lock', 'web']);
  await rig.ok(['lock', '--platform', 'linux/amd64']);
  assert(textOf(rig, 'pycontainer.lock').includes(pin));
  assert.equal((await rig.run(['lock', '--check'])).status, 1);
  await rig.ok(['lock']);
  assert(!textOf(rig, 'pycontainer.lock').includes('python:3.8'));
  await rig.ok(['lock', '--check']);
});

test('a merge conflict in pycontainer.lock is named, with its line', async () => {
  const { rig } = await project({ 'requirements.txt': requirements(smallWheel) });
  await using _ = rig;
  const pin = (digit: string): string => `base docker.io/library/python:3.8 linux/amd64 sha256:${digit.repeat(64)}\n`;
  writeFileSync(
    rig.path('pycontainer.lock'),
    `version 1\n<<<<<<< ours\n${pin('a')}=======\n${pin('b')}>>>>>>> theirs\n`,
  );
  for (const command of ['plan', 'lock']) {
    const { status, stderr } = await rig.run([command]);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      `error[lock-syntax]: pycontainer.lock has a merge conflict
 --> pycontainer.lock:2:1
  |
2 | <<<<<<< ours
  | ^^^^^^^^^^^^
  = help: Keep the lines of either side, or remove the file and run \`pycontainer lock\`.
`,
    );
  }
});
