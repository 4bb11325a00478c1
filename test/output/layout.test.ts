import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TargetImage } from '../../src/image/image.ts';
import { layoutOutput } from '../../src/output/layout.ts';
import { ownerName } from '../../src/store/owner.ts';
import { rejectsWith } from '../support/rejects.ts';
import { appLayerOf, imageWith, type Place, temporaryPlace } from './images.ts';
import { named } from './outputs.ts';

interface IndexJson {
  manifests: { digest: string; annotations?: Record<string, string> }[];
  [key: string]: unknown;
}

async function deliver(place: Place, image: TargetImage, ...tags: string[]): Promise<void> {
  await layoutOutput(folderOf(place), named('registry.example/acme/api', tags), place.sources).deliver(image);
}

const folderOf = (place: Place): string => path.join(place.folder, 'layout');
const fileOf = (place: Place, ...parts: string[]): string => path.join(folderOf(place), ...parts);
const blobsIn = (place: Place): string[] => fs.readdirSync(fileOf(place, 'blobs/sha256')).sort();
const readIndex = (place: Place): IndexJson =>
  JSON.parse(fs.readFileSync(fileOf(place, 'index.json'), 'utf8')) as IndexJson;
const writeIndex = (place: Place, index: IndexJson): void =>
  fs.writeFileSync(fileOf(place, 'index.json'), JSON.stringify(index));

/** The hex digests of all that an image consists of. */
function partsOf({ images, root }: TargetImage): string[] {
  const documents = images.flatMap(({ config, manifest }) => [config, manifest]);
  const parts = [...documents, root, ...images.flatMap(({ layers }) => layers)];
  return [...new Set(parts.map(({ descriptor }) => descriptor.digest.slice('sha256:'.length)))].sort();
}

/** The name of a process of this machine that is gone. */
function goneOwner(): string {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return ownerName().replace(/\d+$/, String(pid));
}

it('removes the blobs that only the replaced image needed', async () => {
  await using place = await temporaryPlace();
  const image = await imageWith(place, 'two');
  await deliver(place, await imageWith(place, 'one'), 'dev');
  await deliver(place, image, 'dev');
  assert.deepEqual(blobsIn(place), partsOf(image));
});

it('removes what a delivery that was broken off had written, when another image is delivered', async () => {
  await using place = await temporaryPlace();
  const [one, two] = [await imageWith(place, 'one'), await imageWith(place, 'two')];
  const controller = new AbortController();
  const output = layoutOutput(folderOf(place), named('registry.example/acme/api', ['dev']), place.sources);
  const onProgress = (): void => controller.abort();
  await rejectsWith(output.deliver(one, { signal: controller.signal, onProgress }), 'interrupted');
  assert.notDeepEqual(blobsIn(place), []);
  await output.deliver(two);
  assert.deepEqual(blobsIn(place), partsOf(two));
  assert.deepEqual(fs.readdirSync(folderOf(place)).sort(), ['blobs', 'index.json', 'oci-layout']);
});

it('removes the replaced image when the delivery that replaced it could not', async (t) => {
  await using place = await temporaryPlace();
  const [one, two] = [await imageWith(place, 'one'), await imageWith(place, 'two')];
  await deliver(place, one, 'dev');
  const { rmSync } = fs;
  const rm = t.mock.method(fs, 'rmSync', (path: string, options: fs.RmOptions) => {
    if (path.includes('/blobs/')) throw new Error('killed');
    rmSync(path, options);
  });
  syncBuiltinESMExports();
  try {
    await assert.rejects(deliver(place, two, 'dev'));
  } finally {
    rm.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(readIndex(place).manifests[0]?.digest, two.root.descriptor.digest);
  await deliver(place, two, 'dev');
  assert.deepEqual(blobsIn(place), partsOf(two));
});

it('keeps images under other tags, their blobs, and blobs that nobody named', async () => {
  await using place = await temporaryPlace();
  const [one, two] = [await imageWith(place, 'one'), await imageWith(place, 'two')];
  const stray = 'f'.repeat(64);
  await deliver(place, one, 'dev', 'kept');
  fs.writeFileSync(fileOf(place, 'blobs/sha256', stray), 'stray');
  await deliver(place, two, 'dev');
  assert.deepEqual(blobsIn(place), [...new Set([...partsOf(one), ...partsOf(two), stray])].sort());
});

it('keeps what other tools wrote into the index: fields, order, entries without names and of other kinds', async () => {
  await using place = await temporaryPlace();
  await deliver(place, await imageWith(place, 'one'), 'dev');
  const { digest } = appLayerOf(await imageWith(place, 'foreign')).descriptor;
  const foreign = [
    { mediaType: 'application/vnd.example', digest: `sha512:${'0'.repeat(128)}`, size: 1, data: 'eA==' },
    { mediaType: 'application/vnd.example', digest, size: 3 },
    { mediaType: 'application/vnd.example', digest, size: 3 },
  ];
  const index = readIndex(place);
  writeIndex(place, { annotations: { a: 'b' }, ...index, manifests: [...foreign, ...index.manifests, ...foreign] });
  const image = await imageWith(place, 'two');
  await deliver(place, image, 'dev');
  const after = readIndex(place);
  assert.deepEqual(after['annotations'], { a: 'b' });
  assert.deepEqual(after.manifests.slice(0, -1), [...foreign, ...foreign]);
  assert.equal(after.manifests.at(-1)?.digest, image.root.descriptor.digest);
  const output = layoutOutput(folderOf(place), named('registry.example/acme/api', ['dev']), place.sources);
  assert.equal(await output.lacks(image), undefined);
});

it('is content with an index that another tool wrote anew: the order of keys and entries says nothing', async () => {
  await using place = await temporaryPlace();
  const image = await imageWith(place, 'one');
  await deliver(place, image, 'dev', 'v1');
  const index = readIndex(place);
  const turned = index.manifests.map((entry) => Object.fromEntries(Object.entries(entry).toReversed()));
  writeIndex(place, { manifests: turned.toReversed() } as unknown as IndexJson);
  const output = layoutOutput(folderOf(place), named('registry.example/acme/api', ['dev', 'v1']), place.sources);
  assert.equal(await output.lacks(image), undefined);
});

it('puts right an index that has the tag twice', async () => {
  await using place = await temporaryPlace();
  const [one, two] = [await imageWith(place, 'one'), await imageWith(place, 'two')];
  await deliver(place, one, 'dev');
  const old = readIndex(place).manifests;
  await deliver(place, two, 'dev');
  writeIndex(place, { manifests: [...old, ...readIndex(place).manifests] });
  await deliver(place, two, 'dev');
  assert.deepEqual(
    readIndex(place).manifests.map(({ digest }) => digest),
    [two.root.descriptor.digest],
  );
});

it('says the whole name beside the tag, and latest where there is none', async () => {
  await using place = await temporaryPlace();
  const image = await imageWith(place, 'one');
  await deliver(place, image, 'dev');
  await deliver(place, image);
  assert.deepEqual(
    readIndex(place).manifests.map(({ annotations }) => annotations),
    [
      { 'io.containerd.image.name': 'registry.example/acme/api:dev', 'org.opencontainers.image.ref.name': 'dev' },
      { 'org.opencontainers.image.ref.name': 'latest' },
    ],
  );
});

for (const text of [
  '',
  '{',
  'null',
  '[]',
  '{"manifests":{}}',
  '{"manifests":[null]}',
  '{"manifests":[{"digest":1}]}',
]) {
  it(`refuses a folder whose index.json is ${text || 'empty'}, and leaves it alone`, async () => {
    await using place = await temporaryPlace();
    fs.mkdirSync(folderOf(place));
    fs.writeFileSync(fileOf(place, 'index.json'), text);
    await rejectsWith(deliver(place, await imageWith(place, 'one'), 'dev'), 'output-unusable', /index\.json is not/);
    assert.equal(fs.readFileSync(fileOf(place, 'index.json'), 'utf8'), text);
  });
}

for (const text of ['', 'null', '[1]', '{"layers":[{"digest":"../../x"}],"config":null}', '{"manifests":"x"}']) {
  it(`replaces an image whose manifest is ${text || 'empty'}`, async () => {
    await using place = await temporaryPlace();
    const one = await imageWith(place, 'one');
    await deliver(place, one, 'dev');
    fs.rmSync(fileOf(place, 'blobs', one.root.descriptor.digest.replace(':', '/')));
    fs.writeFileSync(fileOf(place, 'blobs', one.root.descriptor.digest.replace(':', '/')), text);
    const two = await imageWith(place, 'two');
    await deliver(place, two, 'dev');
    assert.equal(readIndex(place).manifests[0]?.digest, two.root.descriptor.digest);
  });
}

it('says in plain words that a file stands where the folder should be', async () => {
  await using place = await temporaryPlace();
  const image = await imageWith(place, 'one');
  fs.writeFileSync(folderOf(place), '');
  const output = layoutOutput(folderOf(place), [], place.sources);
  await rejectsWith(output.deliver(image), 'output-unusable', /cannot be written \((EEXIST|ENOTDIR)\)/);
});

it('takes no second copy of a blob on the disk', async () => {
  await using place = await temporaryPlace();
  const image = await imageWith(place, 'one');
  await deliver(place, image, 'dev');
  const { digest } = appLayerOf(image).descriptor;
  const [kept, delivered] = [place.store.blobPath(digest), fileOf(place, 'blobs', digest.replace(':', '/'))];
  assert.equal(fs.statSync(kept).ino, fs.statSync(delivered).ino);
});

it('takes over the lock of a process that is gone, and removes what it left', async () => {
  await using place = await temporaryPlace();
  await deliver(place, await imageWith(place, 'one'), 'dev');
  const owner = goneOwner();
  const left = [
    '.pycontainer.lock',
    `index.json.pycontainer-${owner}-00.tmp`,
    `blobs/sha256/x.pycontainer-${owner}-1.tmp`,
  ];
  for (const name of [...left, `.pycontainer.lock.pycontainer-${owner}-2.tmp`])
    fs.writeFileSync(fileOf(place, name), owner);
  await deliver(place, await imageWith(place, 'two'), 'dev');
  assert.deepEqual(fs.readdirSync(folderOf(place)).sort(), ['blobs', 'index.json', 'oci-layout']);
  assert.deepEqual(blobsIn(place), partsOf(await imageWith(place, 'two')));
});

for (const owner of ['', 'another-machine-1']) {
  it(`takes over a lock of ${owner || 'nobody'} that was not touched for half a minute, not a younger one`, async () => {
    await using place = await temporaryPlace();
    const image = await imageWith(place, 'one');
    fs.mkdirSync(folderOf(place));
    fs.writeFileSync(fileOf(place, '.pycontainer.lock'), owner);
    const output = layoutOutput(folderOf(place), [], place.sources);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await rejectsWith(output.deliver(image, { signal: controller.signal }), 'interrupted');
    const old = new Date(Date.now() - 31_000);
    fs.utimesSync(fileOf(place, '.pycontainer.lock'), old, old);
    await output.deliver(image);
    assert.equal(fs.existsSync(fileOf(place, '.pycontainer.lock')), false);
  });
}

it('waits for a process that lives, as long as its lock is there', async () => {
  await using place = await temporaryPlace();
  fs.mkdirSync(folderOf(place));
  fs.writeFileSync(fileOf(place, '.pycontainer.lock'), ownerName());
  let done = false;
  const delivered = deliver(place, await imageWith(place, 'one'), 'dev').then(() => (done = true));
  while (!fs.existsSync(fileOf(place, 'blobs/sha256'))) await nextTurn();
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  assert.equal(done, false);
  assert.deepEqual(blobsIn(place), []);
  fs.rmSync(fileOf(place, '.pycontainer.lock'));
  await delivered;
});

it('loses none of eight images that come at once, each under a tag of its own', async () => {
  await using place = await temporaryPlace();
  const tags = Array.from({ length: 8 }, (_, index) => `t${index}`);
  const images = await Promise.all(tags.map((tag) => imageWith(place, tag)));
  await Promise.all(images.map((image, index) => deliver(place, image, tags[index] ?? '')));
  assert.deepEqual(
    readIndex(place)
      .manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? '')
      .sort(),
    tags,
  );
  assert.deepEqual(blobsIn(place), [...new Set(images.flatMap(partsOf))].sort());
});
