import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { decompressed } from '../../src/layer/read.ts';
import type { PlannedPackage } from '../../src/plan/inputs.ts';
import type { Recipe } from '../../src/plan/plan.ts';
import { dropVeryLargeWheels, makeThoughDropped } from '../../src/build/very-large-wheels.ts';
import { temporaryStore } from '../store/folder.ts';
import { serveHugeWheel } from '../support/huge-index.ts';
import { writeHugeWheel } from '../support/huge-wheel.ts';
import { jsonPage, serveIndex } from '../support/index-server.ts';
import { Project } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import { rowsOfTar } from '../support/rows.ts';
import { nodeOf } from './builders.ts';

const manifest = {
  'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python, main.py], outputs: []}}',
  'main.py': 'print(1)\n',
};

test('a very large wheel is fetched in spite of a break, and not kept beside its layer', async (t) => {
  await using project = await Project.with(manifest);
  const wheel = await writeHugeWheel(project.root, [
    { name: 'huge/stored.bin', method: 'stored', mebibytes: 245 },
    { name: 'huge/deflated.bin', method: 'deflated', mebibytes: 12 },
  ]);
  await using index = await serveHugeWheel(wheel);
  project.write({ 'requirements.txt': index.requirements });
  delete project.env['PIP_NO_INDEX'];
  const kept = `${project.storeFolder}/blobs/sha256/${wheel.sha256}`;

  await t.test('its layer has what it has, and after the break the rest alone was asked for', async () => {
    const { plan } = await project.up();
    const [whole, rest = '', ...more] = index.asked;
    assert.equal(whole, 'all');
    const from = Number(/^bytes=(\d+)-$/.exec(rest)?.[1]);
    assert(from > 0 && from <= index.brokenAt);
    assert.deepEqual(more, []);
    const [layer] = (await project.plan()).layers;
    assert.equal(plan.layers[0]?.key, layer?.key);
    const file = `${project.storeFolder}/blobs/${layer?.layer?.digest.replace(':', '/')}`;
    const rows = await rowsOfTar(decompressed(fs.createReadStream(file), 'gzip'));
    const hashes = new Map(rows.map(({ path: place, sha256 }) => [place.split('/site-packages/')[1], sha256]));
    for (const [name, sha256] of wheel.contents) assert.equal(hashes.get(name), sha256, name);
  });

  await t.test('it is no longer in the store, and nothing asks for it while its layer is there', async () => {
    assert(!fs.existsSync(kept));
    project.write({ 'main.py': 'print(2)\n' });
    const { result } = await project.up({ offline: true });
    assert.equal(result.built, 1);
    assert.equal(index.asked.length, 2);
  });

  await t.test('without a network it is said why it is needed again', async () => {
    const error = await rejectsWith(project.up({ noCache: true, offline: true }), 'offline', /^huge-1\.0-.*is needed/);
    assert.match(error.hint ?? '', /kept only until its layer is made/);
  });

  await t.test('it is fetched again where it is needed again', async () => {
    const { result } = await project.up({ noCache: true });
    assert.equal(result.built, 3);
    assert.deepEqual(index.asked.slice(2), ['all']);
    assert(!fs.existsSync(kept));
  });
});

test('where the disk has no room for wheels and layers, nothing is fetched', async () => {
  await using project = await Project.with(manifest);
  delete project.env['PIP_NO_INDEX'];
  const sha256 = '1'.repeat(64);
  const filename = 'vast-1.0-py3-none-any.whl';
  const file = { filename, url: `/${filename}`, hashes: { sha256 }, size: 2 ** 52 };
  await using index = await serveIndex({ '/simple/vast/': jsonPage([file]) });
  const requirements = `--index-url ${index.url}/simple/\nvast==1.0 --hash=sha256:${sha256}\n`;
  project.write({ 'requirements.txt': requirements });
  const error = await rejectsWith(
    project.up(),
    'disk-full',
    /^Wheels of 4504 TB are to be fetched and layers of about 4504 TB to be made in .*store, but only [\d.]+ .?B are free/,
  );
  assert.match(error.hint ?? '', /cache prune.*PYCONTAINER_STORE/);
  assert.deepEqual(index.requests, ['GET /simple/vast/']);
});

test('very large wheels are dropped from layers of their own alone, and others never', async () => {
  await using project = await Project.with(manifest);
  await project.writeWheels({ name: 'one' }, { name: 'two' });
  const node = nodeOf(await project.plan(), 'package');
  const { recipe } = node;
  assert(recipe.kind === 'package');
  await using at = await temporaryStore();
  const { digest } = await at.store.putBlob(Buffer.from('a wheel'));
  const sized = (sizeBytes: number): readonly PlannedPackage[] =>
    recipe.packages.map((item) => ({ ...item, wheel: { ...item.wheel, sha256: digest.slice(7), sizeBytes } }));
  const isThereAfter = async (packages: readonly PlannedPackage[]): Promise<boolean> => {
    await dropVeryLargeWheels([{ ...node, recipe: { ...recipe, packages } }], at.store);
    return at.store.hasBlob(digest);
  };
  assert.equal(await isThereAfter(sized(256e6)), true, 'two in one layer');
  assert.equal(await isThereAfter(sized(256e6 - 1).slice(1)), true, 'not so large');
  assert.equal(await isThereAfter(sized(256e6).slice(1)), false);
  assert.equal(await isThereAfter(sized(256e6).slice(1)), false, 'gone already');
});

test('a layer is made once more where another process has dropped its wheel meanwhile', async () => {
  await using project = await Project.with(manifest);
  await project.writeWheels({ name: 'demo' });
  const { recipe } = nodeOf(await project.plan(), 'package');
  assert(recipe.kind === 'package');
  const [item] = recipe.packages;
  assert(item !== undefined);
  const large: Recipe = { ...recipe, packages: [{ ...item, wheel: { ...item.wheel, sizeBytes: 1e9 } }] };
  const gone = new PycontainerError('file-changed-while-read', 'it is no longer there');
  const failing = (recipe: Recipe, error: Error): Promise<number> => {
    let tries = 0;
    return makeThoughDropped(recipe, async () => {
      tries += 1;
      if (tries === 1) throw error;
      return tries;
    });
  };
  assert.equal(await failing(large, gone), 2);
  await assert.rejects(failing(recipe, gone), gone);
  const damaged = new PycontainerError('wheel-invalid', 'it is damaged');
  await assert.rejects(failing(large, damaged), damaged);
  await assert.rejects(
    makeThoughDropped(large, () => Promise.reject(gone)),
    gone,
  );
});
