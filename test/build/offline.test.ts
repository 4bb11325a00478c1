import assert from 'node:assert/strict';
import fs from 'node:fs';
import { it } from 'node:test';
import { addImage, emptyBlobs } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { fileRoute, type IndexServer, jsonPage, serveIndex, sha256 } from '../support/index-server.ts';
import { Project, staleOf } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import { type MadeWheel, makeWheel } from '../support/wheel.ts';

/** A registry that has the base as `python:3.12`, and a project on it. */
async function projectOnRegistry(): Promise<{ project: Project; registry: MemoryRegistry }> {
  const registry = await memoryRegistry();
  const blobs = emptyBlobs();
  const { digest, mediaType } = await addImage(blobs, official);
  const repository = registry.repository('python');
  for (const [name, bytes] of blobs.bytes) repository.blobs.set(name, bytes);
  repository.manifests.set(digest, { mediaType, bytes: blobs.bytes.get(digest) ?? Buffer.alloc(0) });
  repository.tags.set('3.12', digest);
  const project = await Project.with({
    'pycontainer.yaml': `targets: {api: {base: "${registry.host}/python:3.12", tags: ["${registry.host}/api:dev"], cmd: [python, main.py], exclude: [wheels]}}`,
    'main.py': 'print(1)\n',
  });
  await project.writeWheels({ name: 'demo' });
  return { project, registry };
}

it('builds again, and what changed, with the registry gone', async () => {
  const { project, registry } = await projectOnRegistry();
  await using _ = project;
  await project.up();
  await registry[Symbol.asyncDispose]();
  const again = await project.up({ offline: true });
  assert.equal(again.result.built, 0);
  fs.rmSync(project.path('.pycontainer'), { recursive: true });
  project.write({ 'main.py': 'print(2)\n' });
  const changed = await project.up({ offline: true });
  assert.deepEqual(staleOf(changed.plan), ['app']);
  assert(fs.existsSync(project.path('.pycontainer/images/api/index.json')));
});

it('asks no registry at all, though it is there', async () => {
  const { project, registry } = await projectOnRegistry();
  await using _ = project;
  await using __ = registry;
  await project.up();
  const before = registry.requests.length;
  await project.up({ offline: true });
  await project.up();
  assert.equal(registry.requests.length, before, 'nor does an up that finds all fresh');
});

it('says that a base is not pinned, or not kept, or that a registry would have to be asked', async () => {
  const { project, registry } = await projectOnRegistry();
  await using _ = project;
  await using __ = registry;
  const notPinned = await rejectsWith(project.up({ offline: true }), 'offline', /python:3.12 is not pinned/);
  assert.match(notPinned.hint ?? '', /Run once without --offline/);
  await project.up();
  await rejectsWith(
    project.up({ offline: true, push: true }),
    'offline',
    new RegExp(`^${registry.host} has something`),
  );
  fs.rmSync(project.storeFolder, { recursive: true });
  const notKept = await rejectsWith(
    project.up({ offline: true }),
    'offline',
    new RegExp(`^${registry.host} has something`),
  );
  assert.match(notKept.hint ?? '', /what is fetched is kept/);
});

/** An index that has one package, and a project that pins it. */
async function projectOnIndex(
  describe: (wheel: MadeWheel) => object,
): Promise<{ project: Project; index: IndexServer }> {
  const wheel = makeWheel({ name: 'demo', files: { 'demo.py': '1\n' } });
  const index = await serveIndex();
  index.routes['/simple/demo/'] = jsonPage([
    { filename: wheel.filename, url: `/files/${wheel.filename}`, ...describe(wheel) },
  ]);
  index.routes[`/files/${wheel.filename}`] = fileRoute(wheel.bytes);
  const project = await Project.with({
    'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python, main.py]}}',
    'main.py': 'print(1)\n',
    'requirements.txt': `--index-url ${index.url}/simple/\ndemo==1.0 --hash=sha256:${sha256(wheel.bytes)}\n`,
  });
  delete project.env['PIP_NO_INDEX'];
  return { project, index };
}

const pages: Readonly<Record<string, (wheel: MadeWheel) => object>> = {
  'says hashes and sizes': ({ bytes }) => ({ hashes: { sha256: sha256(bytes) }, size: bytes.length }),
  'says nothing of its files': () => ({ hashes: {} }),
};

for (const [what, describe] of Object.entries(pages)) {
  it(`builds again, and what changed, with an index gone that ${what}`, async () => {
    const { project, index } = await projectOnIndex(describe);
    await using _ = project;
    await project.up();
    const asked = index.requests.length;
    await project.up();
    assert.equal(index.requests.length, asked, 'an up that finds all fresh asks nothing');
    await index[Symbol.asyncDispose]();
    project.write({ 'main.py': 'print(2)\n' });
    assert.deepEqual(staleOf((await project.up({ offline: true })).plan), ['app']);
    // Every layer anew, from the wheels that are kept.
    assert.equal((await project.up({ offline: true, noCache: true })).result.built, 3);
    fs.rmSync(project.storeFolder, { recursive: true });
    const error = await rejectsWith(project.up({ offline: true }), 'offline');
    assert(error.hint !== undefined);
  });
}
