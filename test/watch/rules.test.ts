import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import type { BuildResult } from '../../src/index.ts';
import { WatchedProject } from './watched-project.ts';

const manifest = `targets:
  api:
    base: "oci:../base"
    cmd: [python]
    exclude: [static, settings]
    watch:
      - {path: static, action: sync, target: /srv/www, ignore: ["*.map"]}
      - {path: settings/local.toml, action: restart}
      - {path: main.py, action: sync}
    run: {env-file: [.env]}
`;
const files = { 'pycontainer.yaml': manifest, 'main.py': 'print(1)\n', 'static/a.css': '1', '.env': 'A=1\n' };

/** What a result says stands below the paths of the rules and env files that are not only for the app layer. */
function watchedOf({ targets }: BuildResult): Readonly<Record<string, readonly string[]>> {
  const [{ plan }] = targets as [BuildResult['targets'][number]];
  const watched = plan.platforms[0]?.inputs.watched ?? [];
  const name = (path: string): string => path.split('/project/')[1] ?? path;
  return Object.fromEntries(watched.map(({ path, entries }) => [name(path), entries.map((entry) => entry.path)]));
}

test('a change of what only rules or env files are for makes a round, and no other image', async () => {
  await using watched = await WatchedProject.start(files);
  const before = watched.digest();
  assert.deepEqual(watchedOf(watched.results[0]!), { static: ['a.css'], 'settings/local.toml': [], '.env': [''] });
  const { project } = watched;

  const edited = await watched.after(() => project.write({ 'static/new/b.css': '1', 'static/new/b.map': '1' }));
  assert.deepEqual(watchedOf(edited)['static'], ['a.css', 'new/b.css']);
  assert.deepEqual(watched.of('changed').at(-1)?.paths, ['static/new/b.css']);
  const removed = await watched.after(() => fs.rmSync(project.path('static/new'), { recursive: true }));
  assert.deepEqual(watchedOf(removed)['static'], ['a.css']);
  const made = await watched.after(() => project.write({ 'settings/local.toml': 'a = 1' }));
  assert.deepEqual(watchedOf(made)['settings/local.toml'], ['']);
  await watched.after(() => project.write({ '.env': 'A=2\n' }));
  assert.deepEqual(watched.of('changed').at(-1)?.paths, ['.env']);
  assert.equal(watched.digest(), before);

  const built = watched.results.length;
  project.write({ 'static/a.css': '1', 'static/x.map': '1' });
  await watched.after(() => project.write({ 'main.py': 'print(2)\n' }));
  assert.equal(watched.results.length, built + 1);
  assert.notEqual(watched.digest(), before);
});

test('a folder that a rule is for may come later, and go', async () => {
  await using watched = await WatchedProject.start({ 'pycontainer.yaml': manifest, 'main.py': '', '.env': '' });
  const { project } = watched;
  const come = await watched.after(() => project.write({ 'static/deep/a.css': '1' }));
  assert.deepEqual(watchedOf(come)['static'], ['deep/a.css']);
  const gone = await watched.after(() => fs.rmSync(project.path('static'), { recursive: true }));
  assert.deepEqual(watchedOf(gone)['static'], []);
});
