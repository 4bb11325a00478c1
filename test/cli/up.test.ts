import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { layerHeaders, readLayout } from '../support/layout.ts';
import type { Ended, Rig } from '../support/rig.ts';
import { manifest, smallProject } from './project.ts';

const rawUp = ['up', '--progress', 'rawjson'];

test('up writes an OCI layout and one line for each target on stdout', async () => {
  await using rig = await smallProject({ 'pycontainer.yaml': `${manifest}  again:\n    extends: web\n` });
  const { stdout, stderr } = await rig.ok(['up']);
  const lines = ['web', 'again'].map((name) => `${name} ${readLayout(rig.path('.pycontainer/images', name)).digest}\n`);
  assert.equal(stdout, lines.join(''));
  assert.notEqual(stderr, '');
});

test('up without a change builds nothing and writes no blob', async () => {
  await using rig = await smallProject();
  const first = await rig.ok(rawUp);
  const second = await rig.ok(rawUp);
  assert.equal(built(first).length, 4);
  assert.deepEqual(built(second), []);
  assert.equal(second.stdout, first.stdout);
  for (const event of second.events) if (event.type === 'delivered') assert.equal(event.sentBlobs, 0);
});

test('after one edit the app layer alone is built, for the reason that it has', async () => {
  await using rig = await smallProject();
  await rig.ok(['up']);
  const before = digests(rig);
  rig.write({ 'main.py': 'print("bye")\n' });
  const { events } = await rig.ok(rawUp);
  const started = events.flatMap((event) => (event.type === 'node-started' && event.kind !== 'output' ? [event] : []));
  assert.deepEqual(
    started.map(({ kind, reasons }) => [kind, reasons]),
    [['app', [{ kind: 'file', change: 'changed', path: 'main.py' }]]],
  );
  assert.deepEqual(digests(rig).slice(0, -1), before.slice(0, -1));
  assert.notEqual(digests(rig).at(-1), before.at(-1));
});

test('nothing of ours is packed, nor what must not be', async () => {
  const secrets = { '.env': 'KEY=1', id_rsa: 'x', '.git/config': '', '.venv/pyvenv.cfg': '', '__pycache__/a.pyc': '' };
  await using rig = await smallProject(secrets);
  await rig.ok(['up', '--metadata-file', 'metadata.json']);
  const { stdout } = await rig.ok(['up', '--metadata-file', 'metadata.json']);
  const image = readLayout(rig.path('.pycontainer/images/web'));
  assert.equal(stdout, `web ${image.digest}\n`);
  const app = image.layers.at(-1);
  assert(app !== undefined);
  const names = [...(await layerHeaders(app)).keys()].filter((name) => name.startsWith('app/'));
  assert.deepEqual(names.sort(), ['app/', 'app/main.py']);
});

test('--metadata-file says what was built, and --quiet says nothing else', async () => {
  await using rig = await smallProject();
  const file = path.join(rig.root, 'metadata.json');
  const { stderr, stdout } = await rig.ok(['up', '--quiet', '--metadata-file', file]);
  assert.equal(stderr, '');
  const metadata = JSON.parse(readFileSync(file, 'utf8')) as {
    built: number;
    targets: { name: string; digest: string; images: { layers: { digest: string; diffId: string }[] }[] }[];
  };
  const image = readLayout(rig.path('.pycontainer/images/web'));
  const [target] = metadata.targets;
  assert.equal(stdout, `web ${target?.digest}\n`);
  assert.deepEqual([metadata.built, target?.name, target?.digest], [4, 'web', image.digest]);
  assert.deepEqual(
    target?.images[0]?.layers.map(({ digest, diffId }) => [digest, diffId]),
    image.layers.map(({ digest, diffId }) => [digest, diffId]),
  );
});

test('-C works from another folder, -f names the manifest, --set and -t change it', async () => {
  await using rig = await smallProject({ 'other.yaml': manifest });
  const flags = ['-C', rig.folder, '-f', 'other.yaml', '-t', 'a.example/b:c'];
  const elsewhere = { through: ['sh', '-c', 'cd / && exec "$@"', 'sh'] };
  await rig.ok(['up', ...flags, '--set', 'web.outputs=[{type: oci, dest: here}]'], elsewhere);
  const index = JSON.parse(readFileSync(rig.path('here/index.json'), 'utf8')) as {
    manifests: { annotations: object }[];
  };
  assert.deepEqual(
    index.manifests.map(({ annotations }) => Object.values(annotations)),
    [['a.example/b:c', 'c']],
  );
  assert(!existsSync(rig.path('.pycontainer')));
});

test('what was removed from the store or damaged in it is made again', async () => {
  await using rig = await smallProject();
  const { stdout } = await rig.ok(['up']);
  const blobs = path.join(rig.env['PYCONTAINER_STORE'] ?? '', 'blobs/sha256');
  const [first = '', second = ''] = digests(rig)
    .slice(-2)
    .map((digest) => path.join(blobs, digest.replace('sha256:', '')));
  rmSync(first);
  truncateSync(second, 10);
  rmSync(rig.path('.pycontainer'), { recursive: true });
  assert.equal((await rig.ok(['up'])).stdout, stdout);
  readLayout(rig.path('.pycontainer/images/web'));
});

test('--no-cache makes every layer anew, with the same bytes', async () => {
  await using rig = await smallProject();
  const { stdout } = await rig.ok(['up']);
  const again = await rig.ok([...rawUp, '--no-cache']);
  assert.equal(built(again).length, 4);
  assert.equal(again.stdout, stdout);
});

test('two runs at once do not disturb each other', async () => {
  await using rig = await smallProject();
  const both = await Promise.all([rig.ok(['up']), rig.ok(['up'])]);
  const { digest } = readLayout(rig.path('.pycontainer/images/web'));
  assert.deepEqual(
    both.map(({ stdout }) => stdout),
    [`web ${digest}\n`, `web ${digest}\n`],
  );
  assert.deepEqual(readdirSync(rig.path('.pycontainer/images/web')).sort(), ['blobs', 'index.json', 'oci-layout']);
});

function built({ events }: Ended): readonly string[] {
  return events.flatMap((event) => (event.type === 'node-finished' && event.kind !== 'output' ? [event.title] : []));
}

function digests(rig: Rig): readonly string[] {
  return readLayout(rig.path('.pycontainer/images/web')).layers.map(({ digest }) => digest);
}
