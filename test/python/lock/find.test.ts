import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { findLock, readLock } from '../../../src/python/lock/find.ts';
import { makeFolder } from '../../config/folder.ts';
import { rejectsWith } from '../../support/rejects.ts';

const uvLock =
  'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "api"\nversion = "1"\nsource = { editable = "services/api" }\n';
const named = (name: string): string => `[project]\nname = "${name}"\nversion = "1"\n`;

async function found(files: Readonly<Record<string, string>>, context = '.'): Promise<string | undefined> {
  await using folder = await makeFolder(files);
  const lock = await findLock(path.join(folder.path, context), 'web', folder.path);
  return lock === undefined ? undefined : `${lock.kind} ${path.relative(folder.path, lock.file)}`;
}

test('locks are taken in their order', async () => {
  const files: Record<string, string> = {
    'pylock.web.toml': '',
    'uv.lock': uvLock,
    'pylock.toml': '',
    'poetry.lock': '',
    'pdm.lock': '',
    'Pipfile.lock': '',
    'requirements.txt': '',
  };
  const order: (string | undefined)[] = [];
  for (const name of Object.keys(files)) {
    order.push(await found(files));
    delete files[name];
  }
  assert.deepEqual(order, [
    'pylock pylock.web.toml',
    'uv uv.lock',
    'pylock pylock.toml',
    'poetry poetry.lock',
    'pdm pdm.lock',
    'pipfile Pipfile.lock',
    'requirements requirements.txt',
  ]);
  assert.equal(await found(files), undefined);
});

test("another target's lock, a folder and a file of another case are no locks", async () => {
  assert.equal(
    await found({ 'pylock.worker.toml': '', 'uv.lock/': '', 'Requirements.txt': '', '.venv/': '' }),
    undefined,
  );
});

test('the lock nearest to the context is taken, but one that bears the name of the target first', async () => {
  assert.equal(await found({ 'poetry.lock': '', 'a/requirements.txt': '' }, 'a'), 'requirements a/requirements.txt');
  assert.equal(await found({ 'pylock.web.toml': '', 'a/uv.lock': uvLock }, 'a'), 'pylock pylock.web.toml');
});

test('a lock further up belongs to a context that is no project of its own', async () => {
  assert.equal(await found({ 'requirements.txt': '', 'src/main.py': '' }, 'src'), 'requirements requirements.txt');
  assert.equal(await found({ 'requirements.txt': '', 'lib/pyproject.toml': named('lib') }, 'lib'), undefined);
});

test('a uv.lock further up belongs to the members that it lists', async () => {
  assert.equal(
    await found({ 'uv.lock': uvLock, 'services/api/pyproject.toml': named('api') }, 'services/api'),
    'uv uv.lock',
  );
  assert.equal(
    await found({ 'uv.lock': uvLock, 'services/web/pyproject.toml': named('web') }, 'services/web'),
    undefined,
  );
});

test('nothing is looked at above the root', async () => {
  await using folder = await makeFolder({ 'uv.lock': uvLock, 'a/b/x': '' });
  assert.equal(await findLock(`${folder.path}/a/b`, 'web', `${folder.path}/a`), undefined);
});

test('a lock is read by its name, with paths as the user would type them', async () => {
  await using folder = await makeFolder({ 'a/uv.lock': 'version = 3\n', 'a/odd.yaml': '' });
  const error = await rejectsWith(readLock(`${folder.path}/a/uv.lock`, { root: folder.path }), 'lock-unsupported');
  assert.equal(error.location?.file, 'a/uv.lock');
  const odd = await rejectsWith(
    readLock(`${folder.path}/a/odd.yaml`, { root: folder.path }),
    'lock-unsupported',
    /a\/odd.yaml/,
  );
  assert.match(odd.hint ?? '', /uv.lock, pylock.toml, poetry.lock/);
  await rejectsWith(readLock(`${folder.path}/poetry.lock`), 'lock-not-found', /There is no lock file poetry.lock/);
});
