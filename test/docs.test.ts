import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { parseDockerfile } from '../src/cli/init/dockerfile.ts';
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

/** Sorted out by the test of manifests above. */
const isManifest = (text: string): boolean => /^targets:/m.test(text);

for (const page of pages) {
  test(`every other block of ${page} can be read`, () => {
    for (const block of blocks(page, 'yaml').filter((text) => !isManifest(text)))
      assert.doesNotThrow(() => parseYaml(block), block);
    for (const block of blocks(page, 'toml')) assert.doesNotThrow(() => parseToml(block), block);
    for (const block of blocks(page, 'json')) assert.doesNotThrow(() => JSON.parse(block) as unknown, block);
    for (const block of blocks(page, 'dockerfile'))
      assert.deepEqual(
        parseDockerfile(block).filter(({ word }) => !dockerWords.has(word)),
        [],
      );
  });
}

const dockerWords = new Set(
  'FROM ENV RUN WORKDIR COPY USER EXPOSE HEALTHCHECK CMD ENTRYPOINT ARG ADD LABEL VOLUME'.split(' '),
);

test('every command line in the pages has a command and flags that there are', async () => {
  await using rig = new Rig();
  const helps = new Map<string, string>();
  const helpOf = async (command: string): Promise<string> => {
    const known = helps.get(command) ?? (await rig.ok([...command.split(' '), '--help'])).stdout;
    helps.set(command, known);
    return known;
  };
  const lines = pages.flatMap((page) =>
    ['sh', 'yaml']
      .flatMap((language) => blocks(page, language))
      .flatMap((block) => block.split('\n').map((line) => ({ page, line }))),
  );
  let count = 0;
  for (const { page, line } of lines) {
    for (const [, text = ''] of line.replace(/ #.*$/, '').matchAll(/\bpycontainer ((?!-)[^|"`<)]+)/g)) {
      if (/^\s*#/.test(line)) continue;
      const words = text.trim().split(/\s+/);
      const command = words.slice(0, words[0] === 'cache' ? 2 : 1).join(' ');
      const help = await helpOf(command);
      const end = words.indexOf('--');
      const flags = words.slice(0, end === -1 ? undefined : end).filter((word) => /^--?\w/.test(word));
      for (const flag of flags)
        assert.match(help, new RegExp(`(?:^|\\s)${flag.replace(/=.*$/, '')}\\b`), `${page}: ${line}`);
      count += 1;
    }
  }
  assert.ok(count > 20);
});

test('every link between the pages leads somewhere', () => {
  for (const page of pages) {
    const text = readFileSync(`${root}${page}`, 'utf8').replaceAll(/```[^]*?```/g, '');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(path.join(root, path.dirname(page), target)), `${page}: ${target}`);
    }
  }
});

test('the project of docs/first-image.md becomes the manifest beside it, and builds', async () => {
  const page = 'docs/first-image.md';
  await using rig = new Rig({ 'shop/main.py': blocks(page, 'python')[0] ?? '' });
  await rig.ok(['init', '--yes', '-C', 'shop']);
  assert.equal(readFileSync(rig.path('shop/pycontainer.yaml'), 'utf8'), blocks(page, 'yaml')[0]);
  await rig.ok(['build', '-C', 'shop', '--set', 'shop.base=scratch', '--set', 'shop.cmd=[python, main.py]']);
  assert.ok(existsSync(rig.path('shop/.pycontainer/images/shop/index.json')));
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
