import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { discoverManifest, foldersUpwards } from '../../src/config/discover.ts';
import { PycontainerError } from '../../src/errors.ts';
import { makeFolder } from './folder.ts';

const ours = '[tool.pycontainer.targets.api]\n';

test('the nearest manifest is found, upwards to the repository’s root', async () => {
  await using folder = await makeFolder({
    'pycontainer.yaml': 'outside',
    'repo/.git/': '',
    'repo/pycontainer.yml': 'root',
    'repo/services/api/pycontainer.yaml': 'api',
    'repo/services/worker/': '',
  });
  const find = async (place: string): Promise<string | undefined> =>
    (await discoverManifest(path.join(folder.path, place)))?.text;
  assert.equal(await find('repo/services/api'), 'api');
  assert.equal(await find('repo/services/worker'), 'root');
  assert.equal(await find('repo'), 'root');
});

test('above the repository’s root nothing is looked for, whether .git is a folder or a file', async () => {
  await using folder = await makeFolder({
    'pycontainer.yaml': 'outside',
    'repo/.git/': '',
    'worktree/.git': 'gitdir: elsewhere\n',
    'worktree/src/': '',
  });
  assert.equal(await discoverManifest(path.join(folder.path, 'repo')), undefined);
  assert.equal(await discoverManifest(path.join(folder.path, 'worktree/src')), undefined);
});

test('a folder with a package.json does not end the search', async () => {
  await using folder = await makeFolder({ '.git/': '', 'pycontainer.yaml': 'root', 'web/package.json': '{broken' });
  assert.equal((await discoverManifest(path.join(folder.path, 'web')))?.text, 'root');
});

test('in one folder the order is .yaml, .yml, pyproject.toml', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'a/pycontainer.yaml': 'yaml',
    'a/pycontainer.yml': 'yml',
    'a/pyproject.toml': ours,
    'b/pycontainer.yml': 'yml',
    'b/pyproject.toml': ours,
    'c/pyproject.toml': ours,
  });
  const texts = await Promise.all(['a', 'b', 'c'].map((name) => discoverManifest(path.join(folder.path, name))));
  assert.deepEqual(
    texts.map((found) => found?.text),
    ['yaml', 'yml', ours],
  );
});

test('a pyproject.toml without our table is passed over, even a broken one; a broken one with it is not', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pycontainer.yaml': 'root',
    'plain/pyproject.toml': '[project]\nname = "x"\n',
    'broken/pyproject.toml': '[project\n',
    'tool/pyproject.toml': 'tool = 3\n',
    'ours/pyproject.toml': '[tool.pycontainer]\nx = = 1\n',
  });
  const find = async (place: string): Promise<string | undefined> =>
    (await discoverManifest(path.join(folder.path, place)))?.text;
  assert.equal(await find('plain'), 'root');
  assert.equal(await find('broken'), 'root');
  assert.equal(await find('tool'), 'root');
  assert.equal(await find('ours'), '[tool.pycontainer]\nx = = 1\n');
});

test('an empty manifest is found: it is wrong, not absent', async () => {
  await using folder = await makeFolder({ '.git/': '', 'pycontainer.yaml': '\n' });
  assert.equal((await discoverManifest(folder.path))?.text.trim(), '');
});

test('$import has no meaning, and other files’ names are not looked for', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'a/pycontainer.yaml': '$import: other.yaml\n',
    'a/other.yaml': 'targets: {}',
    'b/.pycontainerrc': 'targets: {}',
    'b/pycontainer.config.js': 'throw new Error("run")',
    'b/package.json': '{"pycontainer": {}}',
  });
  assert.equal((await discoverManifest(path.join(folder.path, 'a')))?.text, '$import: other.yaml\n');
  assert.equal(await discoverManifest(path.join(folder.path, 'b')), undefined);
});

test('no code of the project is run, and its other settings change nothing', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pycontainer.yaml': 'right',
    '.config/config.js': 'process.stdout.write("RUN ");',
    '.config/config.json': '{"searchPlaces": ["other.yaml"]}',
    'package.json': '{"cosmiconfig": {"searchPlaces": ["other.yaml"]}}',
    'other.yaml': 'wrong',
  });
  const module = new URL('../../src/config/discover.ts', import.meta.url).href;
  const script = `const { discoverManifest } = await import(${JSON.stringify(module)});
    process.stdout.write((await discoverManifest(process.cwd())).text);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder.path });
  assert.equal(output.toString(), 'right');
});

test(
  'a manifest that may not be read is an error, not passed over',
  { skip: process.getuid?.() === 0 && 'root may read everything' },
  async () => {
    await using folder = await makeFolder({ '.git/': '', 'pycontainer.yaml': 'x', 'sub/pycontainer.yaml': 'y' });
    await chmod(path.join(folder.path, 'sub/pycontainer.yaml'), 0);
    await assert.rejects(
      discoverManifest(path.join(folder.path, 'sub')),
      (error) => error instanceof PycontainerError && error.code === 'file-unreadable',
    );
  },
);

test('without a repository the way goes up to the root', async () => {
  await using folder = await makeFolder({ 'a/b/': '' });
  await mkdir(path.join(folder.path, 'a/b/c'));
  const folders = await foldersUpwards(path.join(folder.path, 'a/b/c'));
  assert.equal(folders.at(0), path.join(folder.path, 'a/b/c'));
  assert.equal(folders.at(3), folder.path);
});
