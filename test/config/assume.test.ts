import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { assumeConfig, targetName } from '../../src/config/assume.ts';
import { makeFolder } from './folder.ts';
import type { Config } from '../../src/config/target.ts';

const env = { HOME: '/nonexistent', XDG_CONFIG_DIRS: '/nonexistent' };
const assume = (cwd: string, set: string[] = []): Promise<Config> => assumeConfig({ cwd, env, set });

test('one target is assumed, named after the project, in the project’s folder', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'pyproject.toml': '[project]\nname = "Shop_API.v2"\n',
    'src/shop/': '',
  });
  const config = await assume(path.join(folder.path, 'src/shop'));
  assert.equal(config.file, undefined);
  assert.deepEqual([...config.targets.keys()], ['shop-api-v2']);
  assert.equal(config.targets.get('shop-api-v2')?.context, folder.path);
  assert.equal(config.root, folder.path);
});

test('without a project’s name the folder’s is taken', async () => {
  await using folder = await makeFolder({
    '.git/': '',
    'My App/main.py': '',
    'broken/pyproject.toml': '[project\n',
    'nameless/pyproject.toml': 'project = 3\n',
    'ß/main.py': '',
  });
  const name = async (place: string): Promise<string[]> => [
    ...(await assume(path.join(folder.path, place))).targets.keys(),
  ];
  assert.deepEqual(await name('My App'), ['my-app']);
  assert.deepEqual(await name('broken'), ['broken']);
  assert.deepEqual(await name('nameless'), ['nameless']);
  assert.deepEqual(await name('ß'), ['app']);
});

test('overrides reach the assumed target', async () => {
  await using folder = await makeFolder({ '.git/': '', 'pyproject.toml': '[project]\nname = "shop"\n' });
  const config = await assume(folder.path, ['shop.base=scratch', '*.environment.A=1']);
  assert.deepEqual(config.targets.get('shop')?.base, { kind: 'scratch' });
  assert.deepEqual(config.targets.get('shop')?.environment, { A: '1' });
});

test('a name for a target has lower-case letters, digits and hyphens', () => {
  const names = { Shop_API: 'shop-api', '--a..b--': 'a-b', x1: 'x1', '': undefined, '…': undefined };
  for (const [text, expected] of Object.entries(names)) assert.equal(targetName(text), expected, text);
});
