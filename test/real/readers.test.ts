import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { makeLayer } from '../../src/layer/make.ts';
import { decompressed } from '../../src/layer/read.ts';
import { type Descriptor, mediaTypes } from '../../src/oci/manifest.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { addBlob, type Blobs, emptyBlobs, json, layoutFiles, tagged, tarOf, writeLayout } from '../base/image.ts';
import { temporaryStore } from '../store/folder.ts';
import { startDocker, startPodman, type TestEngine } from '../support/engine.ts';
import { kindsOfLayers, type KindsOfLayers } from '../support/kinds-of-layers.ts';
import { partsMissing } from '../support/real-parts.ts';
import { type Row, rowsMeant, rowsOfFolder, rowsOfTar, settled, type TarRow } from '../support/rows.ts';

const execute = promisify(execFile);
const mtimeSeconds = 315_532_800;
const kinds = ['package', 'venv', 'app'] as const;
type Compression = 'gzip' | 'zstd' | 'none';
type Kind = (typeof kinds)[number];

/** One layer, and what is to be read from it. */
interface Made {
  readonly kind: Kind;
  readonly compression: Compression;
  readonly file: string;
  readonly diffId: string;
  readonly mediaType: string;
  readonly meant: readonly Row[];
}

interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly made: (compression: Compression) => readonly Made[];
}

/** Every kind of layer in every compression, by the encoder that the product has. */
async function makeAll(): Promise<Place> {
  const { store, folder, [Symbol.asyncDispose]: dispose } = await temporaryStore();
  const entries: KindsOfLayers = await kindsOfLayers(folder);
  const all: Made[] = [];
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    for (const kind of kinds) {
      const layer = await makeLayer(entries[kind], { store, compression: { type: compression }, mtimeSeconds });
      const { diffId, mediaType, digest } = layer;
      const meant = rowsMeant(entries[kind], mtimeSeconds);
      all.push({ kind, compression, file: store.blobPath(digest), diffId, mediaType, meant });
    }
  }
  const made = (compression: Compression): readonly Made[] => all.filter((one) => one.compression === compression);
  return { folder, made, [Symbol.asyncDispose]: dispose };
}

const place = await makeAll();
after(() => place[Symbol.asyncDispose]());
const { folder, made } = place;

for (const compression of ['gzip', 'zstd', 'none'] as const) {
  test(`every kind of layer is read back entry for entry: ${compression}`, async (t) => {
    for (const layer of made(compression)) await readByAll(t, layer);
  });
}

async function readByAll(t: TestContext, { kind, compression, file, meant }: Made): Promise<void> {
  await t.test(`${kind}, by tar-stream`, async () => {
    same(await rowsOfTar(decompressed(fs.createReadStream(file), compression)), meant);
  });
  for (const [program, flags] of Object.entries(unpackers)) {
    const skip = partsMissing('root', program, ...(compression === 'zstd' && program === 'tar' ? ['zstd'] : []));
    await t.test(`${kind}, by ${program}`, { skip }, async () => {
      const rows = await unpacked([program, ...flags, ...flagsFor(program, compression)], file);
      same(rows, program === 'bsdtar' ? composed(meant) : meant);
    });
  }
  const modes = { gzip: ['r:gz', 'r|gz'], zstd: [], none: ['r:', 'r|'] }[compression];
  for (const mode of modes) {
    await t.test(`${kind}, by Python's tarfile in ${mode}`, { skip: partsMissing('python3') }, async () => {
      same(await byPython(file, mode), meant);
    });
  }
}

test('umoci unpacks an image of every kind of layer', { skip: partsMissing('root', 'umoci') }, async () => {
  for (const compression of ['gzip', 'none'] as const) {
    const bundle = path.join(folder, `bundle-${compression}`);
    const [blobs, image] = imageOf(made(compression));
    const layout = writeLayout(path.join(folder, `layout-${compression}`), blobs, [tagged(image, 'one')]);
    await execute('umoci', ['unpack', '--image', `${layout}:one`, bundle]);
    same(rowsOfFolder(path.join(bundle, 'rootfs')), meantTogether(made(compression)));
    fs.rmSync(bundle, { recursive: true });
  }
});

test('Docker unpacks an image of every kind of layer', { skip: partsMissing('root', 'dockerd') }, async () => {
  await using docker = await startDocker();
  for (const compression of ['gzip', 'none'] as const) {
    await loaded(docker, await dockerArchive(made(compression)));
    await exported(docker, meantTogether(made(compression)));
  }
});

test('Podman unpacks an image of every kind of layer', { skip: partsMissing('root', 'podman', 'runc') }, async () => {
  await using podman = await startPodman();
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    const [blobs, image] = imageOf(made(compression));
    await loaded(podman, await tarOf(layoutFiles(blobs, [tagged(image, imageName)])));
    await exported(podman, meantTogether(made(compression)));
  }
});

/** Beside a folder `a`, `a-b` stands before the files of `a`: GNU tar takes `a` for done then, unless it is told. */
const unpackers: Readonly<Record<string, readonly string[]>> = {
  tar: ['--extract', '--delay-directory-restore', '--preserve-permissions', '--same-owner', '--numeric-owner'],
  bsdtar: ['-x', '-p', '--same-owner', '--numeric-owner'],
};

/** GNU tar is told of zstd; bsdtar finds out itself. */
function flagsFor(program: string, compression: Compression): readonly string[] {
  if (program !== 'tar' || compression === 'none') return [];
  return [compression === 'gzip' ? '--gzip' : '--zstd'];
}

async function unpacked(command: readonly string[], file: string): Promise<readonly Row[]> {
  const out = fs.mkdtempSync(path.join(folder, 'out-'));
  const [program = '', ...flags] = command;
  try {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const { stderr } = await execute(program, [...flags, '-f', file, '-C', out], { env });
    assert.equal(stderr, '');
    return rowsOfFolder(out);
  } finally {
    fs.rmSync(out, { recursive: true });
  }
}

/** bsdtar composes letters and their accents. */
function composed(rows: readonly Row[]): readonly Row[] {
  return settled(rows.map(({ paths, ...row }) => ({ ...row, path: row.path.normalize(), ...(paths && { paths }) })));
}

const pythonReader = `
import hashlib, json, sys, tarfile
types = {tarfile.REGTYPE: 'file', tarfile.DIRTYPE: 'directory', tarfile.SYMTYPE: 'symlink', tarfile.LNKTYPE: 'hardlink'}
with tarfile.open(sys.argv[1], sys.argv[2]) as tar:
    for one in tar:
        row = dict(path=one.name, type=types[one.type], mode=one.mode, uid=one.uid, gid=one.gid, mtimeSeconds=one.mtime)
        if one.isreg():
            row |= dict(sizeBytes=one.size, sha256=hashlib.sha256(tar.extractfile(one).read()).hexdigest())
        if one.issym() or one.islnk():
            row['target'] = one.linkname
        print(json.dumps(row))
`;

async function byPython(file: string, mode: string): Promise<readonly Row[]> {
  const { stdout, stderr } = await execute('python3', ['-c', pythonReader, file, mode], { maxBuffer: 1 << 26 });
  assert.equal(stderr, '');
  const lines = stdout.trimEnd().split('\n');
  return settled(lines.map((line) => JSON.parse(line) as TarRow));
}

/** The layers on each other: of what several have, the last counts. */
function meantTogether(layers: readonly Made[]): readonly Row[] {
  return settled([...new Map(layers.flatMap(({ meant }) => meant).map((row) => [row.path, row])).values()]);
}

function configOf(layers: readonly Made[]): object {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  return { ...hostPlatform(), config: { Cmd: ['/none'] }, rootfs };
}

const imageName = 'localhost/readers:one';

/** All blobs of an image of the layers, and its manifest's descriptor. */
function imageOf(layers: readonly Made[]): readonly [blobs: Blobs, image: Descriptor] {
  const blobs = emptyBlobs();
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: addBlob(blobs, mediaTypes.config, json(configOf(layers))),
    layers: layers.map(({ file, mediaType }) => addBlob(blobs, mediaType, fs.readFileSync(file))),
  };
  return [blobs, addBlob(blobs, mediaTypes.manifest, json(manifest))];
}

/** As `docker save` writes it, the layers as they are. */
function dockerArchive(layers: readonly Made[]): Promise<Buffer> {
  const files = Object.fromEntries(layers.map(({ kind, file }) => [`${kind}.tar`, fs.readFileSync(file)]));
  const manifest = [{ Config: 'config.json', RepoTags: [imageName], Layers: Object.keys(files) }];
  return tarOf({ 'config.json': json(configOf(layers)), ...files, 'manifest.json': json(manifest) });
}

async function loaded({ run }: TestEngine, archive: Buffer): Promise<void> {
  const file = path.join(folder, 'image.tar');
  fs.writeFileSync(file, archive);
  await run('load', '--quiet', '--input', file);
}

/** Compares the files of a container of the image, then removes both, since layers of one DiffId are unpacked once. */
async function exported(engine: TestEngine, meant: readonly Row[]): Promise<void> {
  const container = await engine.run('create', imageName);
  const file = path.join(folder, 'exported.tar');
  await engine.run('export', '--output', file, container);
  const rows = await rowsOfTar(fs.createReadStream(file));
  const tops = new Set(meant.map(({ path: place }) => place.split('/', 1)[0]));
  const ours = rows.filter(({ path: place }) => tops.has(place.split('/', 1)[0]));
  same(
    ours.map((row) => ({ ...row, mode: row.mode & 0o7777 })),
    meant,
  );
  await engine.run('rm', container);
  await engine.run('rmi', '--force', imageName);
}

/** Says the first difference alone: the lists are long. */
function same(found: readonly Row[], meant: readonly Row[]): void {
  assert(meant.length > 0);
  const foundAt = new Map(found.map((row) => [row.path, row]));
  for (const row of meant) assert.deepEqual(foundAt.get(row.path), row);
  assert.deepEqual(
    found.map((row) => row.path),
    meant.map((row) => row.path),
  );
}
