import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { addImage, addIndex, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { noPython } from '../base/systems.ts';
import type { Rig } from '../support/rig.ts';
import { validator } from '../support/schemas.ts';
import { bulkyWheel, requirements, smallProject, smallWheel } from './project.ts';

async function built(): Promise<Rig> {
  const rig = await smallProject();
  await rig.ok(['build']);
  return rig;
}

test('inspect shows a target by its name, and the same image by its place', async () => {
  await using rig = await built();
  const named = await rig.ok(['inspect', 'web']);
  assert.match(named.stdout, /^web {2}linux\/amd64\n {2}digest {4}sha256:/);
  assert.match(named.stdout, / bulky 1\.0\n/);
  assert.match(
    named.stdout,
    /\n4 packages\n {4}1\.2 MB {2}bulky 1\.0 {2}\/opt\/venv\/lib\/python3\.12\/site-packages\n/,
  );
  assert.match(named.stdout, /\n {2}cmd {10}python main\.py\n/);
  const placed = await rig.ok(['inspect', 'oci:.pycontainer/images/web:dev', '--format', 'json']);
  const json = JSON.parse(placed.stdout) as { layers: { kind: string; title: string }[] };
  validator('inspect')(json);
  assert.deepEqual(
    json.layers.map(({ kind, title }) => `${kind} ${title}`),
    ['other base', 'other base', 'package bulky 1.0', 'package small 1.0', 'venv venv', 'app app'],
  );
});

test('inspect needs no manifest, and chooses among platforms', async () => {
  await using rig = await smallProject();
  rig.remove('pycontainer.yaml');
  const blobs = emptyBlobs();
  const images = await Promise.all(
    ['amd64', 's390x'].map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      return { ...(await addImage(blobs, { ...noPython, platform })), platform };
    }),
  );
  writeLayout(path.join(rig.root, 'both'), blobs, [tagged(addIndex(blobs, images), 'x')]);
  const { stdout, stderr } = await rig.ok(['inspect', 'oci:../both:x', '--platform', 'linux/s390x']);
  assert.match(stdout, /^oci:\.\.\/both:x {2}linux\/s390x\n/);
  assert.match(stdout, /\n {2}also for {2}linux\/amd64\n/);
  assert.equal(stderr, '');
  const missing = await rig.run(['inspect', 'oci:../both:x', '--platform', 'linux/arm64']);
  assert.equal(missing.status, 2);
  assert.match(
    missing.stderr,
    /Image oci:\.\.\/both:x has no image for linux\/arm64\n.*Choose one of these with --platform/,
  );
});

test('the path of a layout is an image, and one of something else says what can be meant', async () => {
  await using rig = await built();
  const [written, named] = [await rig.ok(['inspect', './.pycontainer/images/web/']), await rig.ok(['inspect', 'web'])];
  assert.deepEqual(written.stdout.split('\n').slice(1), named.stdout.split('\n').slice(1));
  assert.equal((await rig.ok(['verify', '.pycontainer/images/web:dev'])).status, 0);
  const file = await rig.run(['verify', './main.py']);
  assert.equal(file.status, 2);
  assert.match(file.stderr, /\.\/main\.py is neither an image reference nor an OCI layout\n.*oci-archive:\.\/main\.py/);
  assert.match((await rig.run(['verify', './nowhere'])).stderr, /'\.\/nowhere' is not an image reference/);
});

test('an image that is not there is told as such', async () => {
  await using rig = await smallProject();
  const target = await rig.run(['inspect', 'web']);
  assert.equal(target.status, 1);
  assert.match(target.stderr, /There is no image of web: .*\n.*Build it first: `pycontainer build web`/);
  const layout = await rig.run(['inspect', 'oci:nowhere']);
  assert.match(
    layout.stderr,
    /error\[base-not-found\]: Image oci:nowhere is not an OCI layout.*\n.*where the command starts/,
  );
  assert.equal((await rig.run(['inspect', 'target:nobody'])).status, 2);
});

test('diff of a target compares what was delivered with what the tree gives, and builds nothing but layers', async () => {
  await using rig = await built();
  const layout = fs.readdirSync(rig.path('.pycontainer'), { encoding: 'utf8', recursive: true }).sort();
  const same = await rig.run(['diff', 'web']);
  assert.equal(same.status, 0, same.stderr);
  assert.match(same.stdout, /\nThey are the same image\.\n$/);
  rig.write({ 'main.py': 'print("bye!")\n', 'requirements.txt': requirements(bulkyWheel) });
  const changed = await rig.run(['diff', 'web']);
  assert.equal(changed.status, 1);
  assert.match(changed.stdout, /\npackages\n {2}- small 1\.0 {2}/);
  assert.match(changed.stdout, /\n {2}~ \/app\/main\.py {2}content {2}15 B → 14 B\n/);
  assert.deepEqual(fs.readdirSync(rig.path('.pycontainer'), { encoding: 'utf8', recursive: true }).sort(), layout);
  const json = JSON.parse((await rig.run(['diff', 'web', '--format', 'json'])).stdout) as { equal: boolean };
  validator('diff')(json);
  assert.equal(json.equal, false);
});

test('diff compares any two images', async () => {
  await using rig = await built();
  const { status, stdout } = await rig.run(['diff', 'oci:../base', 'web']);
  assert.equal(status, 1);
  assert.match(stdout, /^--- oci:\.\.\/base {2}linux\/amd64 .*\n\+\+\+ web {2}linux\/amd64 /);
  assert.match(stdout, /\n {2}\+ Env\.VIRTUAL_ENV {2}\/opt\/venv\n/);
  assert.equal((await rig.run(['diff', 'oci:../base', 'oci:../base'])).status, 0);
  const one = await rig.run(['diff', 'oci:../base']);
  assert.equal(one.status, 2);
  assert.match(one.stderr, /error\[usage\]: 'oci:\.\.\/base' names no target/);
});

test('verify says whether an image is what is planned, with an empty store too', async () => {
  await using rig = await built();
  const exact = await rig.run(['verify', 'web']);
  assert.equal(exact.status, 0, exact.stderr);
  assert.match(exact.stdout, /^web is exactly what web comes to: sha256:[0-9a-f]{64}\n$/);
  fs.rmSync(path.join(rig.root, 'store'), { recursive: true });
  fs.rmSync(rig.path('pycontainer.lock'), { force: true });
  assert.equal(
    (await rig.run(['verify', 'oci:.pycontainer/images/web'])).stdout,
    exact.stdout.replace('web', 'oci:.pycontainer/images/web'),
  );
  assert(!fs.existsSync(rig.path('pycontainer.lock')));
  rig.write({ 'more.py': '' });
  const more = await rig.run(['verify', 'web']);
  assert.equal(more.status, 1);
  assert.equal(
    more.stdout,
    'web for linux/amd64 is not what web comes to: layer 6 of 6 (app): /app/more.py is not in the image\n',
  );
});

test('verify names the first difference: a package, a variable, bytes on the disk', async () => {
  await using rig = await built();
  const verdict = async (...more: string[]): Promise<string> => {
    const { status, stdout, stderr } = await rig.run(['verify', 'web', ...more]);
    assert.equal(status, 1);
    return stdout + stderr.replaceAll(/^assumed .*\n/gm, '');
  };
  assert.match(await verdict('--set', 'web.environment.A=1'), /: its config has no Env\.A, which is to be 1\n/);
  assert.match(
    await verdict('--set', 'web.compression={type: zstd}'),
    /: layer 3 of 6 \(bulky 1\.0\): the same files, compressed otherwise\n/,
  );
  rig.write({ 'requirements.txt': requirements(smallWheel) });
  assert.match(await verdict(), /: layer 3 of 5 \(small 1\.0\): /);
  rig.write({ 'requirements.txt': requirements(bulkyWheel, smallWheel) });
  const blobs = rig.path('.pycontainer/images/web/blobs/sha256');
  const largest =
    fs
      .readdirSync(blobs)
      .map((name) => path.join(blobs, name))
      .toSorted((a, b) => fs.statSync(b).size - fs.statSync(a).size)[0] ?? '';
  const bytes = fs.readFileSync(largest);
  bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
  fs.writeFileSync(largest, bytes);
  assert.match(await verdict(), /error\[digest-mismatch\]: Layer sha256:/);
});

test('verify takes a docker-archive for what it keeps of an image', async () => {
  await using rig = await smallProject();
  rig.write({
    'pycontainer.yaml':
      'targets: {web: {base: "oci:../base", platforms: [linux/amd64], outputs: [{type: docker-archive, dest: web.tar}]}}',
  });
  await rig.ok(['build']);
  assert.match((await rig.ok(['verify', 'web'])).stdout, /^web is exactly what web comes to: /);
  const other = await rig.run(['verify', 'web', '--set', 'web.labels.a=b']);
  assert.match(other.stdout, /its config has no Labels\.a/);
});

test('verify wants to know which target is meant', async () => {
  await using rig = await smallProject({
    'pycontainer.yaml': 'targets: {a: {base: "oci:../base"}, b: {base: "oci:../base"}}',
  });
  const open = await rig.run(['verify', 'oci:../base']);
  assert.equal(open.status, 2);
  assert.match(open.stderr, /there are 2 targets\n.*--target/);
  const chosen = await rig.run(['verify', 'oci:../base', '--target', 'a']);
  assert.equal(chosen.status, 1);
  assert.match(
    chosen.stdout,
    /^oci:\.\.\/base for linux\/amd64 is not what a comes to: it has 2 of \d layers, and lacks /,
  );
});

test('verify looks at every platform, and at the index that holds them', async () => {
  await using rig = await built();
  const more = await rig.run([
    'verify',
    'web',
    '--set',
    'web.platforms=[linux/amd64, linux/s390x]',
    '--platform',
    'linux/amd64',
  ]);
  assert.equal(more.status, 0, more.stdout + more.stderr);
  const other = await rig.run(['diff', 'web', '--platform', 'linux/s390x']);
  assert.equal(other.status, 2);
});
