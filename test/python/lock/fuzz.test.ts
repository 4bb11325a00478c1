import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../../src/errors.ts';
import { readLock } from '../../../src/python/lock/find.ts';
import { parseProject } from '../../../src/python/project.ts';
import { makeFolder } from '../../config/folder.ts';
import { request } from './support.ts';

const folder = new URL('locks/', import.meta.url);
const names = ['uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile.lock', 'requirements.txt'];

/** One place of a text changed: cut out, doubled, or another text put there. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 60 }),
  insert: fc.oneof(
    fc.constantFrom(
      '',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      '=',
      '\n',
      '\\',
      '#',
      ',',
      '__proto__',
      '[[package]]\n',
      '1e999',
      'null',
      '""',
      '\0',
      '"""',
      '[[[[[[[[',
    ),
    fc.string({ maxLength: 20 }),
  ),
});

function mutate(text: string, mutations: readonly { at: number; length: number; insert: string }[]): string {
  return mutations.reduce((result, { at, length, insert }) => {
    const start = Math.floor(at * result.length);
    return result.slice(0, start) + insert + result.slice(start + length);
  }, text);
}

async function survives(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof PycontainerError, `${String(error)}\n${error instanceof Error ? error.stack : ''}`);
    assert.notEqual(error.code, 'internal');
  }
}

for (const name of names)
  test(`a damaged ${name} gives an error of ours or a selection`, async () => {
    const original = await readFile(new URL(name, folder), 'utf8');
    await using place = await makeFolder({ 'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\n' });
    const project = await parseProject(
      '[project]\nname = "shop"\nversion = "1"\ndependencies = ["a"]\n',
      place.path,
      'pyproject.toml',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        await writeFile(`${place.path}/${name}`, mutate(original, mutations));
        await survives(async () =>
          (await readLock(`${place.path}/${name}`)).select(request({ extras: ['cache'], groups: ['dev'] })),
        );
        await survives(async () => (await readLock(`${place.path}/${name}`)).select(request({ project })));
      }),
      { numRuns: 100 },
    );
  });

test('a damaged pyproject.toml gives an error of ours or a project', async () => {
  const original = await readFile(new URL('pyproject.toml', folder), 'utf8');
  await using place = await makeFolder({});
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) =>
      survives(() => parseProject(mutate(original, mutations), place.path, 'pyproject.toml')),
    ),
    { numRuns: 200 },
  );
});
