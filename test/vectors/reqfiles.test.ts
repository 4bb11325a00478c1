import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { formatMarker } from '../../src/python/marker.ts';
import { formatSpecifiers } from '../../src/python/specifier.ts';
import { readEntry } from '../../src/python/lock/requirements-entry.ts';
import { readRequirementsFile, type RequirementsFile } from '../../src/python/lock/requirements-file.ts';
import { PycontainerError } from '../../src/errors.ts';
import { loadVectors, orError, vectorTest } from './vectors.ts';

interface Parsed {
  readonly error?: string;
  readonly name: string | null;
  readonly extras: readonly string[];
  readonly specifier: string | null;
  readonly marker: string | null;
  readonly link: string | null;
}

interface RequirementsCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly error?: string;
  readonly requirements: readonly {
    readonly requirement: string;
    readonly is_editable: boolean;
    readonly constraint: boolean;
    readonly line_source: string;
    readonly options: { readonly hashes?: Readonly<Record<string, readonly string[]>> };
    readonly parsed: Parsed;
  }[];
  readonly index_urls: readonly string[];
  readonly find_links: readonly string[];
  readonly no_index: boolean;
  readonly require_hashes: boolean;
}

vectorTest('requirements files are read as pip reads them', async (t) => {
  const { cases, env } = loadVectors('reqfiles') as { cases: RequirementsCase[]; env: Record<string, string> };
  for (const item of cases) {
    await t.test(item.name, async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'requirements-'));
      try {
        await writeFiles(folder, item.files);
        assert.deepEqual(await answer(folder, env), expected(item, folder));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
}

async function answer(folder: string, variables: Record<string, string>): Promise<unknown> {
  let file: RequirementsFile;
  try {
    file = await readRequirementsFile(path.join(folder, 'r.txt'), { variables, root: folder });
  } catch (error) {
    assert.ok(error instanceof PycontainerError, String(error));
    return 'error';
  }
  return {
    requirements: file.lines.map((line) => ({
      text: line.text,
      editable: line.editable,
      constraint: line.constraint,
      source: `line ${line.location.line} of ${folder}/${line.location.file}`,
      hashes: line.hashes.toSorted(),
      parsed: orError(() => {
        const { name, extras, specifiers, marker, link } = readEntry(line, folder);
        return {
          name: name ?? null,
          extras,
          specifier: name === undefined ? null : formatSpecifiers(specifiers),
          marker: marker === undefined ? null : formatMarker(marker),
          link: link ?? null,
        };
      }),
    })),
    indexUrls: file.indexes.noIndex
      ? []
      : [file.indexes.indexUrl ?? 'https://default.example/simple', ...file.indexes.extraIndexUrls],
    findLinks: file.indexes.findLinks,
    noIndex: file.indexes.noIndex,
    requireHashes: file.requireHashes,
  };
}

function expected(item: RequirementsCase, folder: string): unknown {
  if (item.error !== undefined) return 'error';
  const here = (text: string): string =>
    text.replaceAll('{DIR}', folder).replace('file:///tmp/up', `file://${path.dirname(folder)}/up`);
  return {
    requirements: item.requirements.map(({ requirement, is_editable, constraint, line_source, options, parsed }) => ({
      text: requirement,
      editable: is_editable,
      constraint,
      source: here(line_source),
      hashes: Object.entries(options.hashes ?? {})
        .flatMap(([algorithm, values]) => values.map((value) => `${algorithm}:${value}`))
        .toSorted(),
      parsed:
        parsed.error === undefined
          ? {
              name: parsed.name,
              extras: parsed.extras,
              specifier: parsed.specifier,
              marker: parsed.marker,
              link: parsed.link === null ? null : here(parsed.link),
            }
          : 'error',
    })),
    indexUrls: item.index_urls,
    findLinks: item.find_links.map(here),
    noIndex: item.no_index,
    requireHashes: item.require_hashes,
  };
}
