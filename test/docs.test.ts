import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadSettings } from '../src/config/settings.ts';
import { resolveManifest } from '../src/config/manifest.ts';
import { SourceText } from '../src/config/source.ts';
import { readYaml } from '../src/config/yaml.ts';
import { Rig } from './support/rig.ts';

const root = new URL('..', import.meta.url).pathname;
const pages = globSync('{README.md,docs/*.md}', { cwd: root }).toSorted();

function blocks(page: string, language: string): readonly string[] {
  const text = readFileSync(`${root}${page}`, 'utf8');
  return Array.from(text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)).flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  );
}

for (const page of pages) {
  test(`every manifest in ${page} is a right one`, () => {
    for (const block of blocks(page, 'yaml').filter((text) => /^targets:/m.test(text))) {
      assert.doesNotThrow(
        () => resolveManifest(readYaml(new SourceText(page, block)), { env: {}, root: '/project' }),
        block,
      );
    }
  });
}

test('every settings file in docs/registries.md is a right one', async () => {
  const settings = blocks('docs/registries.md', 'yaml').filter((text) => text.startsWith('registries:'));
  assert.notEqual(settings.length, 0);
  for (const block of settings) {
    await using rig = new Rig({ 'config/pycontainer/config.yaml': block });
    const { registries } = await loadSettings({ XDG_CONFIG_HOME: rig.path('config'), XDG_CONFIG_DIRS: '/nowhere' });
    assert.deepEqual(
      [...registries.keys()],
      Array.from(block.matchAll(/^ {2}(\S+):$/gm), ([, host]) => host),
    );
  }
});

test('every command in docs/registries.md has flags that there are', async () => {
  await using rig = new Rig();
  const help = new Map<string, string>();
  for (const [, command = '', rest = ''] of blocks('docs/registries.md', 'sh')
    .join('')
    .matchAll(/^pycontainer (\w+)([^#<\n]*)/gm)) {
    const text = help.get(command) ?? (await rig.ok([command, '--help'])).stdout;
    help.set(command, text);
    for (const [flag] of rest.matchAll(/--[\w-]+/g)) assert(text.includes(flag), `${command} ${flag}`);
  }
  assert.deepEqual([...help.keys()], ['login', 'up', 'doctor', 'logout']);
});

test('the Dockerfile of docs/from-a-dockerfile.md becomes the manifest beside it', async () => {
  const page = 'docs/from-a-dockerfile.md';
  const [dockerfile = ''] = blocks(page, 'dockerfile');
  await using rig = new Rig({
    Dockerfile: dockerfile,
    'main.py': '',
    'requirements.txt': '',
    'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\n',
  });
  const { stderr } = await rig.ok(['init', '--yes']);
  assert.equal(readFileSync(rig.path('pycontainer.yaml'), 'utf8'), blocks(page, 'yaml')[0]);
  assert.deepEqual(
    stderr.split('\n').filter((line) => line.startsWith('warning')),
    blocks(page, 'text')[0]?.trimEnd().split('\n'),
  );
});
