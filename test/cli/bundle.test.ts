import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const bin = process.env['PYCONTAINER_TEST_CLI'];
const isBuilt = { skip: bin === undefined && 'the bundle is only tested by npm test' };

const libraries = ['undici', 'ink', 'react', 'commander', 'zod', 'yaml'];

test('--version loads no library', isBuilt, () => {
  const entry = path.join(path.dirname(bin ?? ''), '../dist/cli.js');
  assert.deepEqual(librariesIn(loadedBy(entry)), []);
});

test('commands load undici and Ink only when they ask a network or draw a screen', isBuilt, () => {
  const entry = path.join(path.dirname(bin ?? ''), '../dist/cli.js');
  const program = /import\("(\.\/chunks\/program-[^"]+)"\)/.exec(readFileSync(entry, 'utf8'))?.[1] ?? '';
  const found = librariesIn(loadedBy(path.join(path.dirname(entry), program)));
  assert.deepEqual(found, ['commander', 'zod', 'yaml']);
});

/** The files that are loaded with a module, without what it imports later. */
function loadedBy(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, relative = ''] of text.matchAll(
    /^(?:import |(?:import |export )?\{[^}]*\} from |\} from )"(\.[^"]+)"/gm,
  )) {
    loadedBy(path.join(path.dirname(file), relative), seen);
  }
  return seen;
}

/** The bundler writes above each module where it comes from. */
function librariesIn(files: ReadonlySet<string>): readonly string[] {
  const texts = [...files].map((file) => readFileSync(file, 'utf8'));
  return libraries.filter((name) => texts.some((text) => text.includes(`\n// node_modules/${name}/`)));
}
