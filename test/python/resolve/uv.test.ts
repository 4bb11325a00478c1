import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { formatMarker } from '../../../src/python/marker.ts';
import { resolve } from '../../../src/python/resolve/resolve.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { fakeUv } from '../../support/tools.ts';
import { image, ResolveRig, wanted, wantedRequirement } from './rig.ts';

const pylock = `lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.11"

[[packages]]
name = "click"
version = "8.1.7"
index = "https://user:secret@index.example/simple"
sdist = { url = "https://files.example/click-8.1.7.tar.gz", upload-time = 2023-08-17T17:29:11Z, size = 336121, hashes = { sha256 = "aa" } }
wheels = [{ url = "https://files.example/click-8.1.7-py3-none-any.whl", upload-time = 2023-08-17T17:29:10Z, size = 97941, hashes = { sha256 = "bb" } }]

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"
index = "https://pypi.org/simple"
wheels = [{ url = "https://files.example/colorama-0.4.6-py2.py3-none-any.whl", hashes = { sha256 = "cc" } }]
`;

interface Call {
  readonly args: readonly string[];
  readonly files: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

test('a stand-in for uv is asked for all platforms at once, from the oldest Python on, in the project’s folder', async () => {
  await using rig = new ResolveRig();
  const log = path.join(rig.root, 'log.json');
  rig.tools.add('uv', fakeUv(log, { pylock }));
  const images = [image('3.13.1', 'aarch64'), image('3.9.2', 'x86_64')];
  const request = await rig.request([], { images });
  const asked = wanted(['click[x]>=8; python_version > "3"'], request.wanted.file, {
    constraints: [wantedRequirement('click<9')],
  });
  const resolution = await resolve({ ...request, wanted: asked, env: { ...request.env, UV_INDEX_URL: 'kept' } });
  const { args, files, cwd, env } = JSON.parse(readFileSync(log, 'utf8')) as Call;
  const options = ['--universal', '--generate-hashes', '--only-binary', ':all:', '--no-header', '--no-annotate'];
  assert.deepEqual(args.slice(0, 8), ['pip', 'compile', ...options]);
  assert.deepEqual(args.slice(8, -3), ['--color', 'never', '--python-version', '3.9', '-c', args.at(-4)]);
  assert.deepEqual(args.slice(-3, -1), ['--format', 'pylock.toml']);
  assert.deepEqual(files, ['click<9\n', 'click[x]>=8; python_version > "3"\n']);
  assert.equal(cwd, rig.project);
  assert.equal(env['UV_INDEX_URL'], 'kept');
  assert.equal(resolution.tool, 'uv');
  assert.equal(resolution.requiresPython, '>=3.11');
});

test('what a stand-in for uv writes as pylock.toml is taken over, without source and logins', async () => {
  await using rig = new ResolveRig();
  rig.tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { pylock }));
  const { packages } = await resolve(await rig.request(['click']));
  const [click, colorama] = packages;
  assert.deepEqual(click, {
    name: 'click',
    version: '8.1.7',
    source: { kind: 'index', url: 'https://index.example/simple' },
    wheels: [
      {
        filename: 'click-8.1.7-py3-none-any.whl',
        url: 'https://files.example/click-8.1.7-py3-none-any.whl',
        hashes: ['sha256:bb'],
        sizeBytes: 97941,
      },
    ],
    dependencies: [],
  });
  assert.equal(colorama?.marker === undefined ? '' : formatMarker(colorama.marker), 'sys_platform == "win32"');
});

test('a stand-in for a uv before 0.6.15 answers with requirements, whose wheels are looked up by hash', async () => {
  await using rig = new ResolveRig();
  const native = [
    await rig.addWheel({ name: 'native', tag: 'cp312-cp312-manylinux_2_17_x86_64' }),
    await rig.addWheel({ name: 'native', tag: 'cp312-cp312-win_amd64' }),
  ];
  await rig.addWheel({ name: 'native', tag: 'cp311-cp311-manylinux_2_17_x86_64' });
  const hashes = native.map(({ bytes }) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  const requirements = `native==1.0 ; sys_platform == 'linux' \\\n${hashes.map((hash) => `    --hash=${hash}`).join(' \\\n')}\n`;
  rig.tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { requirements }));
  const { packages, requiresPython } = await resolve(await rig.request(['native']));
  assert.equal(requiresPython, '>=3.12');
  assert.deepEqual(
    packages.flatMap(({ wheels }) => wheels.map(({ filename }) => filename)).toSorted(),
    native.map(({ filename }) => filename).toSorted(),
  );
  assert.equal(packages[0]?.marker === undefined ? '' : formatMarker(packages[0].marker), 'sys_platform == "linux"');
});

test('when a stand-in for uv finds no solution, pip is not asked, and uv’s words are told without logins', async () => {
  await using rig = new ResolveRig();
  const failure = '  × No solution found when resolving dependencies:\n  ╰─▶ https://user:secret@index.example says no';
  rig.tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { failure }));
  rig.tools.add('python3', 'console.error("asked");');
  const error = await rejectsWith(resolve(await rig.request(['click'])), 'lock-failed');
  assert.match(error.message, /^uv could not resolve requirements.in \(exit status 1\)\n[^]*No solution found/);
  assert(!error.message.includes('secret'));
});

test('an answer of uv that is no lock is refused', async () => {
  await using rig = new ResolveRig();
  for (const answer of ['hello', 'lock-version = "1.0"\n', pylock.replace(/^wheels.*$/m, '')]) {
    rig.tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { pylock: answer }));
    const error = await resolve(await rig.request(['click'])).then(
      () => assert.fail('it was taken'),
      (cause: unknown) => cause,
    );
    assert.match(String(error), /PycontainerError: /);
  }
});

test('no temporary file is left, whether uv succeeds or fails', async () => {
  await using rig = new ResolveRig();
  const before = temporary();
  rig.tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { pylock }));
  await resolve(await rig.request(['click']));
  rig.tools.add('uv', fakeUv(path.join(rig.root, 'log.json'), { failure: 'no' }));
  await rejectsWith(resolve(await rig.request(['click'])), 'lock-failed');
  const { args } = JSON.parse(readFileSync(path.join(rig.root, 'log.json'), 'utf8')) as Call;
  assert(!temporary().some((name) => (args.at(-1) ?? '').includes(name) && !before.includes(name)));
});

test('an interruption ends a uv that runs, even one that passes over SIGTERM', async () => {
  await using rig = new ResolveRig();
  const pid = path.join(rig.root, 'pid');
  rig.tools.add(
    'uv',
    `import { writeFileSync } from 'node:fs';
process.on('SIGTERM', () => {});
writeFileSync(${JSON.stringify(pid)}, String(process.pid));
setInterval(() => {}, 1000);`,
  );
  const controller = new AbortController();
  const request = await rig.request(['click'], { signal: controller.signal });
  const watcher = watch(rig.root);
  const running = rejectsWith(resolve(request), 'interrupted');
  await once(watcher, 'change');
  watcher.close();
  controller.abort();
  await running;
});

test('folders alone need no tool', async () => {
  await using rig = new ResolveRig();
  const request = await rig.request([]);
  const folders = [{ name: 'shop', version: '1', path: rig.project, editable: true }];
  const { packages, tool } = await resolve({ ...request, wanted: wanted([], request.wanted.file, { folders }) });
  assert.equal(tool, undefined);
  assert.deepEqual(packages[0]?.source, { kind: 'directory', path: rig.project, editable: true, virtual: false });
});

function temporary(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('pycontainer-lock-'));
}
