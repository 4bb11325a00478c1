import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { parseSync } from 'oxc-parser';

/** From the ground up. A room may import what stands on a lower floor, never a sibling on its own. */
const floors: readonly (readonly string[])[] = [
  ['errors'],
  ['oci'],
  ['events'],
  ['config', 'http', 'store', 'elf'],
  ['layer', 'registry', 'engine'],
  ['base'],
  ['python'],
  ['app'],
  ['image'],
  ['output', 'attest', 'cache'],
  ['plan'],
  ['build'],
  ['run'],
  ['watch'],
  ['index'],
  ['ui'],
  ['cli'],
];

const root = new URL('..', import.meta.url).pathname;
const modules = globSync('src/**/*.{ts,tsx}', { cwd: root }).toSorted();
const imports = new Map(modules.map((module) => [module, importsOf(module)]));

test('every module is seen', () => {
  assert.equal(imports.size, globSync('src/**/*', { cwd: root, withFileTypes: true }).filter((e) => e.isFile()).length);
  const edges = [...imports.values()].reduce((sum, list) => sum + list.length, 0);
  assert.ok(imports.size > 20 && edges > imports.size / 2, `${imports.size} modules with ${edges} imports`);
});

test('every room has a floor', () => {
  const known = new Set(floors.flat());
  assert.deepEqual(
    [...new Set(modules.map(roomOf))].filter((room) => !known.has(room)),
    [],
  );
});

test('imports only go downwards, and ui takes values only from errors, events and oci', () => {
  const wrong: string[] = [];
  for (const [module, list] of imports) {
    for (const { to, typeOnly } of list) {
      const [from, below] = [roomOf(module), roomOf(to)];
      if (from === below) continue;
      if (floorOf(below) >= floorOf(from)) wrong.push(`${module} imports ${to}`);
      if (from === 'ui' && !typeOnly && !['errors', 'events', 'oci'].includes(below))
        wrong.push(`${module} takes values of ${to}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('there are no cycles, type-only imports counted', () => {
  assert.deepEqual(cycles(), []);
});

test('there are no barrels below src/index.ts', () => {
  assert.deepEqual(
    modules.filter((module) => module.endsWith('/index.ts') && module !== 'src/index.ts'),
    [],
  );
});

function importsOf(module: string): { to: string; typeOnly: boolean }[] {
  const { module: record } = parseSync(module, readFileSync(join(root, module), 'utf8'));
  const statics = record.staticImports.map(({ moduleRequest, entries }) => ({
    request: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  const exports = record.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.moduleRequest === null ? [] : [{ request: entry.moduleRequest.value, typeOnly: entry.isType }],
    ),
  );
  const source = readFileSync(join(root, module), 'utf8');
  const dynamic = record.dynamicImports.map(({ moduleRequest }) => ({
    request: source.slice(moduleRequest.start, moduleRequest.end).replaceAll(/['"`]/g, ''),
    typeOnly: false,
  }));
  return [...statics, ...exports, ...dynamic]
    .filter(({ request }) => request.startsWith('.'))
    .map(({ request, typeOnly }) => ({ to: normalize(join(dirname(module), request)), typeOnly }));
}

function roomOf(module: string): string {
  return (module.split('/')[1] ?? '').replace(/\.tsx?$/, '');
}

function floorOf(room: string): number {
  return floors.findIndex((rooms) => rooms.includes(room));
}

function cycles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (module: string, path: readonly string[]): void => {
    if (path.includes(module)) found.push([...path.slice(path.indexOf(module)), module].join(' → '));
    if (done.has(module) || path.includes(module)) return;
    for (const { to } of imports.get(module) ?? []) visit(to, [...path, module]);
    done.add(module);
  };
  for (const module of modules) visit(module, []);
  return found;
}
