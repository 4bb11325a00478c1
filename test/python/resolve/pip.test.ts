import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { formatMarker } from '../../../src/python/marker.ts';
import { noIndexes } from '../../../src/python/lock/lock.ts';
import { resolve } from '../../../src/python/resolve/resolve.ts';
import type { Resolution } from '../../../src/python/resolve/request.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { pipMissing } from '../../support/tools.ts';
import { image, ResolveRig, wanted, wantedRequirement } from './rig.ts';

const amd64 = image('3.12.7', 'x86_64');
const arm64 = image('3.12.7', 'aarch64');
const skip = pipMissing;

/** A package a line: `name version [marker]: files`. */
function told({ packages }: Resolution): string[] {
  return packages
    .map(({ name, version, marker, wheels }) => {
      const condition = marker === undefined ? '' : ` [${formatMarker(marker)}]`;
      return `${name} ${version ?? ''}${condition}: ${wheels.map(({ filename }) => filename).join(' ')}`;
    })
    .toSorted();
}

test('pip chooses wheels and judges markers for the image, whatever machine it runs on', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  await rig.addWheel({
    name: 'alpha',
    metadata: [
      'Provides-Extra: fast',
      'Requires-Dist: beta[fast]; extra == "fast" and python_version == "3.99"',
      'Requires-Dist: elsewhere; sys_platform != "linux" or platform_machine != "riscv64"',
    ],
  });
  await rig.addWheel({
    name: 'beta',
    metadata: ['Provides-Extra: fast', 'Requires-Dist: gamma; extra == "fast" and platform_machine == "riscv64"'],
  });
  await rig.addWheel({ name: 'gamma', tag: 'cp399-cp399-manylinux_2_39_riscv64' });
  await rig.addWheel({ name: 'gamma', tag: 'cp399-cp399-manylinux_2_17_riscv64' });
  await rig.addWheel({ name: 'gamma', version: '2.0', tag: 'cp399-cp399-manylinux_2_40_x86_64' });
  const images = [image('3.99.1', 'riscv64')];
  const resolution = await resolve(await rig.request(['alpha[fast]', 'nowhere; python_version < "3.99"'], { images }));
  assert.deepEqual(told(resolution), [
    'alpha 1.0: alpha-1.0-py3-none-any.whl',
    'beta 1.0: beta-1.0-py3-none-any.whl',
    'gamma 1.0: gamma-1.0-cp399-cp399-manylinux_2_17_riscv64.whl',
  ]);
  assert.equal(resolution.requiresPython, '==3.99.*');
  assert.deepEqual(resolution.packages.find(({ name }) => name === 'beta')?.dependencies, ['gamma']);
});

test('files carry their hash and size, whatever pip says of them', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  const { bytes } = await rig.addWheel({ name: 'alpha' });
  const [alpha] = (await resolve(await rig.request(['alpha']))).packages;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  assert.deepEqual(alpha?.wheels[0]?.hashes, [`sha256:${sha256}`]);
  assert.equal(alpha?.wheels[0]?.sizeBytes, bytes.length);
});

test('what two platforms share stands once, with the files of both; the rest has markers', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  await rig.addWheel({ name: 'native', tag: 'cp312-cp312-manylinux_2_17_x86_64' });
  await rig.addWheel({ name: 'native', tag: 'cp312-cp312-manylinux_2_17_aarch64' });
  await rig.addWheel({ name: 'moved', version: '2.0', tag: 'cp312-cp312-manylinux_2_17_x86_64' });
  await rig.addWheel({ name: 'moved', version: '1.0' });
  await rig.addWheel({ name: 'pure', metadata: ['Requires-Dist: only; platform_machine == "aarch64"'] });
  await rig.addWheel({ name: 'only' });
  const request = await rig.request(['native', 'pure', 'moved'], { images: [amd64, arm64] });
  const resolution = await resolve(request);
  const on = (machine: string): string =>
    `implementation_name == "cpython" and platform_machine == "${machine}" and python_version == "3.12" and sys_platform == "linux"`;
  assert.deepEqual(told(resolution), [
    `moved 1.0 [${on('aarch64')}]: moved-1.0-py3-none-any.whl`,
    `moved 2.0 [${on('x86_64')}]: moved-2.0-cp312-cp312-manylinux_2_17_x86_64.whl`,
    'native 1.0: native-1.0-cp312-cp312-manylinux_2_17_x86_64.whl native-1.0-cp312-cp312-manylinux_2_17_aarch64.whl',
    `only 1.0 [${on('aarch64')}]: only-1.0-py3-none-any.whl`,
    'pure 1.0: pure-1.0-py3-none-any.whl',
  ]);
  assert.deepEqual(resolution.environments.map(formatMarker), [on('aarch64'), on('x86_64')]);
});

test('constraints and --pre hold', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  for (const version of ['1.0', '2.0', '3.0rc1']) await rig.addWheel({ name: 'alpha', version });
  const version = async (change: Parameters<typeof wanted>[2]): Promise<string | undefined> => {
    const request = await rig.request([]);
    const asked = wanted(['alpha'], request.wanted.file, change);
    return (await resolve({ ...request, wanted: asked })).packages[0]?.version;
  };
  assert.equal(await version({}), '2.0');
  assert.equal(await version({ constraints: [wantedRequirement('alpha<2')] }), '1.0');
  assert.equal(await version({ preReleases: true }), '3.0rc1');
});

test('a requirement with --hash takes no other file', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  const { bytes } = await rig.addWheel({ name: 'alpha' });
  await rig.addWheel({ name: 'beta' });
  const request = await rig.request([]);
  const asked = (hash: string): ReturnType<typeof wanted> =>
    wanted([], request.wanted.file, {
      requirements: [{ ...wantedRequirement('alpha'), hashes: [hash] }, wantedRequirement('beta')],
    });
  const right = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  assert.equal((await resolve({ ...request, wanted: asked(right) })).packages.length, 2);
  const wrong = resolve({ ...request, wanted: asked(`sha256:${'00'.repeat(32)}`) });
  await rejectsWith(wrong, 'wheel-hash-mismatch', /alpha 1\.0/);
});

test('no file of the folder in which pip is started is imported', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  await rig.addWheel({ name: 'alpha' });
  const request = await rig.request(['alpha']);
  for (const name of ['json', 'runpy', 'pip', 'logging'])
    writeFileSync(path.join(rig.project, `${name}.py`), 'raise SystemExit("imported")\n');
  assert.equal((await resolve(request)).packages.length, 1);
});

test('a failure tells the status and the last lines of pip', { skip }, async () => {
  await using rig = new ResolveRig();
  rig.tools.addPython();
  await rig.addWheel({ name: 'alpha' });
  const error = await rejectsWith(resolve(await rig.request(['alpha>7'])), 'lock-failed');
  assert.match(
    error.message,
    /^pip could not resolve requirements.in for linux\/amd64 \(exit status 1\)\n {2}ERROR: .*alpha>7/,
  );
  assert.match(error.hint ?? '', /find-links/);
});

test('addresses of indexes, which may hold logins, are in a file of the user’s alone and not among the arguments', async () => {
  await using rig = new ResolveRig();
  const log = path.join(rig.root, 'log.json');
  rig.tools.add(
    'python3',
    `import { readFileSync, statSync, writeFileSync } from 'node:fs';
const args = process.argv.slice(2);
const file = args[args.indexOf('-r') + 1];
writeFileSync(${JSON.stringify(log)}, JSON.stringify({ args, text: readFileSync(file, 'utf8'), mode: statSync(file).mode & 0o777 }));
console.error('ERROR: https://user:secret@index.example/simple/ says no');
process.exit(1);`,
  );
  const indexes = { ...noIndexes, indexUrl: 'https://user:secret@index.example/simple' };
  const error = await rejectsWith(resolve(await rig.request(['alpha'], { indexes })), 'lock-failed');
  const { args, text, mode } = JSON.parse(readFileSync(log, 'utf8')) as { args: string[]; text: string; mode: number };
  assert(!JSON.stringify(args).includes('secret') && !error.message.includes('secret'));
  assert.equal(text, '--index-url https://user:secret@index.example/simple\nalpha\n');
  assert.equal(mode, 0o600);
});

test('an answer that lacks what the image needs is refused', async () => {
  await using rig = new ResolveRig();
  const report = {
    version: '1',
    install: [
      {
        download_info: { url: 'https://files.example/alpha-1.0-py3-none-any.whl', archive_info: { hash: 'sha256=aa' } },
        metadata: { name: 'alpha', version: '1.0', requires_dist: ['beta>=2; platform_machine == "x86_64"'] },
      },
    ],
  };
  rig.tools.add(
    'python3',
    `import { writeFileSync } from 'node:fs';
writeFileSync(process.argv[process.argv.indexOf('--report') + 1], ${JSON.stringify(JSON.stringify(report))});`,
  );
  const error = await rejectsWith(resolve(await rig.request(['alpha'])), 'lock-failed');
  assert.match(
    error.message,
    /^For linux\/amd64 beta>=2 ; platform_machine == "x86_64" is needed, and pip left it out$/,
  );
});

test('without uv and pip the error says how to get a lock', async () => {
  await using rig = new ResolveRig();
  rig.tools.add('python3', 'console.error("ImportError: No module named pip"); process.exit(1);');
  const error = await rejectsWith(resolve(await rig.request(['alpha'])), 'lock-not-found', /requirements.in/);
  assert.match(error.hint ?? '', /Install uv .* or pip/);
});
