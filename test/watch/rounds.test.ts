import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import type { BuildResult } from '../../src/index.ts';
import { writeWheel } from '../support/wheel.ts';
import { WatchedProject } from './watched-project.ts';

const manifest = 'targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels]}}';
const files = {
  'pycontainer.yaml': manifest,
  'main.py': 'print(1)\n',
  'shop/__init__.py': '',
  'shop/cart.py': 'total = 0\n',
};

test('a save becomes the image that a build from nothing gives, and is told with its path', async () => {
  await using watched = await WatchedProject.start(files);
  assert.deepEqual(watched.of('watching'), [{ type: 'watching', targets: ['api'], files: 3 }]);
  assert.deepEqual(watched.of('changed'), []);
  await watched.after(() => watched.project.write({ 'shop/cart.py': 'total = 1\n' }));
  assert.deepEqual(watched.of('changed'), [{ type: 'changed', what: 'app', paths: ['shop/cart.py'], more: 0 }]);
  const stale = watched.of('node-started').filter(({ kind }) => kind !== 'output');
  assert.deepEqual(stale.at(-1)?.reasons, [{ kind: 'file', change: 'changed', path: 'shop/cart.py' }]);
  assert.equal(watched.of('rebuilt').length, 2);
  await watched.isAsFromNothing();
});

test('what does not change the image makes no round that is told', async () => {
  await using watched = await WatchedProject.start({ ...files, '.gitignore': 'ignored\n*.log\n' });
  const now = new Date();
  fs.utimesSync(watched.project.path('main.py'), now, now);
  watched.project.write({
    'main.py': 'print(1)\n',
    'some.log': 'x',
    'ignored/a.py': '',
    '.tox/x.py': '',
    'shop/__pycache__/cart.pyc': 'x',
  });
  fs.writeFileSync(watched.project.path('pycontainer.lock.new'), 'x');
  fs.rmSync(watched.project.path('pycontainer.lock.new'));
  const before = watched.results.length;
  await watched.after(() => watched.project.write({ 'shop/cart.py': 'total = 2\n' }));
  assert.equal(watched.results.length, before + 1);
  assert.deepEqual(
    watched.of('changed').flatMap(({ paths }) => paths),
    ['shop/cart.py'],
  );
});

test('a broken manifest is told once, and the last good one goes on until it is mended', async () => {
  await using watched = await WatchedProject.start(files);
  watched.project.write({ 'pycontainer.yaml': manifest.replace('cmd', 'comd') });
  await watched.when(() => watched.of('failed').length > 0, 'the mistake to be told');
  assert.equal(watched.of('failed')[0]?.error.code, 'manifest-unknown-key');
  assert.equal(watched.of('failed')[0]?.error.location?.file, 'pycontainer.yaml');
  await watched.after(() => watched.project.write({ 'shop/cart.py': 'total = 3\n' }));
  assert.deepEqual(watched.of('mended'), []);
  await watched.after(() => watched.project.write({ 'pycontainer.yaml': manifest.replace('python', 'python3') }));
  await watched.when(() => watched.of('mended').length > 0, 'the end of it to be told');
  const { what, paths } = watched.of('changed').at(-1)!;
  assert.deepEqual([what, paths], ['manifest', ['pycontainer.yaml']]);
  assert.deepEqual(configOf(watched)['Cmd'], ['python3']);
  await watched.isAsFromNothing();
});

test('a manifest that is broken in another way is told, and nothing is made of the last good one again', async () => {
  await using watched = await WatchedProject.start(files);
  for (const [count, key] of ['comd', 'cmmd'].entries()) {
    watched.project.write({ 'pycontainer.yaml': manifest.replace('cmd', key) });
    await watched.when(() => watched.of('failed').length > count, 'the mistake to be told');
  }
  assert.deepEqual([watched.of('changed'), watched.of('rebuilt').length], [[], 1]);
});

test('a lock that changes brings its packages, one that is broken is told until it is mended', async () => {
  await using watched = await WatchedProject.start(files);
  const titles = (): readonly string[] =>
    watched.of('node-finished').flatMap(({ kind, title }) => (kind === 'package' ? [title] : []));
  await watched.project.writeWheels({ name: 'one' });
  await watched.when(() => titles().length > 0, 'its package');
  assert.equal(watched.of('changed').at(-1)?.what, 'dependencies');
  assert.deepEqual(titles(), ['one 1.0']);
  watched.project.write({ 'requirements.txt': '--no-index\n--find-links wheels\none==1.0\ntwo==1.0\n' });
  await watched.when(() => watched.of('failed').length > 0, 'a package that is missing to be told');
  assert.equal(watched.of('failed')[0]?.error.code, 'package-not-found');
  await watched.after(() => writeWheel(watched.project.path('wheels'), { name: 'two' }));
  await watched.when(() => watched.of('mended').length > 0, 'the end of it to be told');
  await watched.isAsFromNothing();
});

test('ignore rules and interpreters count as they stand now', async () => {
  await using watched = await WatchedProject.start(files);
  await watched.after(() => watched.project.write({ '.gitignore': 'shop/cart.py\n' }));
  await watched.isAsFromNothing();
  await watched.after(() => watched.project.write({ 'shop/.gitignore': '!cart.py\n' }));
  await watched.isAsFromNothing();
  await watched.after(() => watched.project.write({ '.dockerignore': 'main.py\n' }));
  await watched.isAsFromNothing();
  await watched.after(() => fs.rmSync(watched.project.path('.dockerignore')));
  await watched.isAsFromNothing();
});

test('a base that changes on disk is taken anew', async () => {
  await using watched = await WatchedProject.start(files);
  const index = `${watched.project.root}/base/index.json`;
  const { manifests, ...rest } = JSON.parse(fs.readFileSync(index, 'utf8')) as { manifests: object[] };
  const before = watched.of('failed').length;
  fs.writeFileSync(index, JSON.stringify({ ...rest, manifests: [] }));
  await watched.when(() => watched.of('failed').length > before, 'a base without images to be told');
  fs.writeFileSync(index, JSON.stringify({ ...rest, manifests }));
  await watched.when(() => watched.of('mended').length > 0, 'the end of it to be told');
});

function configOf(watched: WatchedProject): Readonly<Record<string, unknown>> {
  const [built] = watched.results.at(-1)?.targets ?? [];
  const text = built?.image.images[0]?.config.bytes.toString() ?? '';
  return (JSON.parse(text) as { config: Record<string, unknown> }).config;
}

test('a base that is a folder is made again when a file deep in it changes', async () => {
  await using watched = await WatchedProject.start({
    'pycontainer.yaml': 'targets: {api: {base: "rootfs:root", cmd: [x], exclude: [wheels, root]}}',
    'main.py': '',
    'root/etc/deep/er/file': 'one',
  });
  const { project } = watched;
  const layerOf = ({ targets }: BuildResult): string | undefined =>
    targets[0]?.image.images[0]?.manifest.bytes.toString().match(/"layers":\[\{[^}]*"digest":"([^"]+)"/)?.[1];
  const first = layerOf(watched.results[0]!);
  const second = layerOf(await watched.after(() => project.write({ 'root/etc/deep/er/file': 'two' })));
  assert.notEqual(second, first);
  assert.deepEqual(watched.of('changed').at(-1), { type: 'changed', what: 'base', paths: ['root'], more: 0 });
  await watched.isAsFromNothing();
  const third = layerOf(await watched.after(() => project.write({ 'root/etc/new/folder/file': 'one' })));
  assert.notEqual(third, second);
  await watched.after(() => project.write({ 'root/etc/new/folder/file': 'two' }));
  const app = await watched.after(() => project.write({ 'main.py': 'x = 1\n' }));
  assert.equal(layerOf(app), layerOf(watched.results.at(-2)!));
});
