/**
 * Times the making of layers, side by side: of wheels against inflating and hashing the same bytes, of a tree against
 * `tar | gzip -6` and `tar | pigz -6`. Medians of RUNS runs.
 *
 *   node test/bench/layer.ts [--wheels DIR] [--runs N]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Entry, FileEntry } from '../../src/layer/entry.ts';
import { type MadeLayer, makeLayer, type MakeLayerOptions } from '../../src/layer/make.ts';
import { Archives, readMemberInto } from '../../src/layer/member.ts';
import { readZip } from '../../src/python/install/zip.ts';
import { Store } from '../../src/store/store.ts';

const { values } = parseArgs({ options: { wheels: { type: 'string' }, runs: { type: 'string', default: '5' } } });
const runs = Number(values.runs);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-bench-'));
const store = await Store.open(path.join(folder, 'store'));

interface Row {
  readonly name: string;
  readonly run: () => unknown;
}

/** Runs the rows by turns, so that all of them see the same machine; prints medians and ratios to the first row. */
async function compare(title: string, bytes: number, rows: readonly Row[]): Promise<void> {
  const times = rows.map((): number[] => []);
  for (let turn = 0; turn < runs; turn++) {
    for (const [index, row] of rows.entries()) {
      const start = performance.now();
      await row.run();
      times[index]?.push(performance.now() - start);
    }
  }
  const medians = times.map((list) => list.toSorted((a, b) => a - b)[runs >> 1] ?? 0);
  console.log(`\n${title}`);
  for (const [index, row] of rows.entries()) {
    const ms = medians[index] ?? 0;
    const rate = (bytes / 1000 / ms).toFixed(0);
    console.log(
      `  ${row.name.padEnd(44)} ${ms.toFixed(0).padStart(6)} ms ${rate.padStart(6)} MB/s  ${(ms / (medians[0] ?? 1)).toFixed(2)} x`,
    );
  }
}

function make(entries: readonly Entry[], more: Partial<MakeLayerOptions> = {}): Promise<MadeLayer> {
  return makeLayer(entries, { store, compression: { type: 'gzip' }, mtimeSeconds: 315532800, ...more });
}

function filesOf(archive: string): FileEntry[] {
  const common = { type: 'file' as const, mode: 0o644, uid: 0, gid: 0 };
  return readZip(archive).files.map(({ path: name, sizeBytes, content }) => {
    return { ...common, path: `${path.basename(archive)}/${name}`, sizeBytes, content };
  });
}

function inflateAndHash(entries: readonly FileEntry[]): void {
  const archives = new Archives();
  const hash = createHash('sha256');
  for (const { content, path: name, sizeBytes } of entries) {
    if (content.kind !== 'zip-member') continue;
    const target = Buffer.allocUnsafe(sizeBytes);
    readMemberInto(archives, content, name, target);
    hash.update(target);
  }
  hash.digest();
  archives.close();
}

function treeEntries(root: string): Entry[] {
  return fs.readdirSync(root, { withFileTypes: true, recursive: true }).map((item): Entry => {
    const file = path.join(item.parentPath, item.name);
    const common = { path: path.relative(root, file), mode: 0o755, uid: 0, gid: 0 };
    if (item.isDirectory()) return { type: 'directory', ...common };
    const sizeBytes = fs.statSync(file).size;
    return { type: 'file', ...common, sizeBytes, content: { kind: 'path', path: file } };
  });
}

function unpack(entries: readonly FileEntry[], root: string): void {
  const archives = new Archives();
  for (const { content, path: name, sizeBytes } of entries) {
    if (content.kind !== 'zip-member') continue;
    const target = Buffer.alloc(sizeBytes);
    readMemberInto(archives, content, name, target);
    fs.mkdirSync(path.join(root, path.dirname(name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), target);
  }
  archives.close();
}

/** Source-like text, in files of a few kilobytes. */
function writeTree(root: string, files: number): void {
  for (let index = 0; index < files; index++) {
    const name = path.join(root, `pkg${index % 40}`, `mod${index}.py`);
    fs.mkdirSync(path.dirname(name), { recursive: true });
    let text = '';
    for (let line = 0; line < 40 + (index % 200); line++)
      text += `def f${line}(a): return a * ${(line * index * 7919) % 10007}\n`;
    fs.writeFileSync(name, text);
  }
}

function shell(command: string): () => void {
  return () => void spawnSync('sh', ['-c', command], { stdio: 'ignore' });
}

function peers(root: string): Row[] {
  const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  return ['gzip -6', 'pigz -6'].flatMap((packer) => {
    if (!has(packer.split(' ')[0] ?? '')) return [];
    return [{ name: `tar | ${packer}`, run: shell(`tar -C ${root} -cf - . | ${packer} > ${folder}/peer`) }];
  });
}

async function benchWheels(directory: string): Promise<void> {
  const wheels = fs.readdirSync(directory).filter((name) => name.endsWith('.whl'));
  const entries = wheels.flatMap((name) => filesOf(path.join(directory, name)));
  const bytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const tree = path.join(folder, 'wheels');
  unpack(entries, tree);
  const layer = await make(entries);
  shell(`tar -C ${tree} -cf - . | gzip -6 > ${folder}/peer`)();
  const ratio = (layer.sizeBytes / fs.statSync(path.join(folder, 'peer')).size).toFixed(3);
  await compare(
    `${wheels.length} wheels, ${entries.length} files, ${(bytes / 1e6).toFixed(0)} MB; ${ratio} of gzip -6's size`,
    bytes,
    [
      { name: 'inflate and hash (the floor)', run: () => inflateAndHash(entries) },
      { name: 'wheels -> gzip layer', run: () => make(entries) },
      { name: 'wheels -> zstd layer', run: () => make(entries, { compression: { type: 'zstd' } }) },
      ...peers(tree),
    ],
  );
}

async function benchTree(root: string, title: string): Promise<void> {
  const entries = treeEntries(root);
  const first = entries.find((entry) => entry.type === 'file');
  const edit = (): void => fs.appendFileSync(path.join(root, first?.path ?? ''), '#');
  const bytes = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.sizeBytes : 0), 0);
  await compare(`${title}, ${(bytes / 1e6).toFixed(1)} MB`, bytes, [
    { name: 'tree -> gzip layer', run: () => make(entries) },
    { name: 'tree -> zstd layer', run: () => make(entries, { compression: { type: 'zstd' } }) },
    ...peers(root),
  ]);
  await make(entries, { keepPieces: true });
  await compare(`${title}, pieces kept`, bytes, [
    { name: 'nothing changed', run: () => make(treeEntries(root), { keepPieces: true }) },
    {
      name: 'one file changed',
      run: () => {
        edit();
        return make(treeEntries(root), { keepPieces: true });
      },
    },
  ]);
}

try {
  for (const files of [200, 2000]) {
    const root = path.join(folder, `tree${files}`);
    writeTree(root, files);
    await benchTree(root, `${files} files`);
  }
  if (values.wheels !== undefined) await benchWheels(values.wheels);
  console.log(
    `\npeak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB, zlib ${process.versions.zlib}, Node ${process.version}`,
  );
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
