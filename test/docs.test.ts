import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
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
