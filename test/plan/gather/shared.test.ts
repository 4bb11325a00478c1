import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { addImage, addIndex, emptyBlobs, tagged, type TestFiles, writeLayout } from '../../base/image.ts';
import { official } from '../../base/systems.ts';
import { type Counts, counted, later } from '../../support/counted.ts';
import { memoryRegistry } from '../../support/memory-registry.ts';
import { Project } from '../../support/project.ts';

const architectures = ['amd64', 'arm64'];

/** Targets that share context, lock and base, and differ in what reaches no layer. */
function manifest(count: number, cache?: string): string {
  const targets = Array.from(
    { length: count },
    (_, index) => `  t${index}: {labels: {number: "${index}"}, tags: ["registry.example/t${index}:dev"]}`,
  );
  return [
    `defaults: {base: "oci:../base:latest", platforms: [linux/amd64, linux/arm64], cmd: [python, main.py], exclude: [wheels], limits: {size: 1GB, growth: 50%}${caches(cache)}}`,
    'targets:',
    ...targets,
    '',
  ].join('\n');
}

const caches = (cache: string | undefined): string =>
  cache === undefined ? '' : `, cache-from: ["${cache}"], cache-to: ["${cache}"]`;

const files = 40;

async function projectWith(text: string): Promise<Project> {
  const sources = Array.from({ length: files }, (_, index) => [`app/m${index}.py`, `x = ${index}\n`]);
  const project = await Project.with({ ...Object.fromEntries(sources), 'pycontainer.yaml': text });
  await project.writeWheels({ name: 'one' }, { name: 'two' }, { name: 'three' });
  const blobs = emptyBlobs();
  const images = await Promise.all(
    architectures.map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      const layers = architecture === 'arm64' ? official.layers.map(forArm64) : official.layers;
      return { ...(await addImage(blobs, { ...official, layers, platform })), platform };
    }),
  );
  fs.rmSync(path.join(project.root, 'base'), { recursive: true });
  writeLayout(path.join(project.root, 'base'), blobs, [tagged(addIndex(blobs, images), 'latest')]);
  return project;
}

/** The same files, their binaries for the other machine. */
function forArm64(files: TestFiles): TestFiles {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => {
      const body = typeof file === 'object' && 'body' in file ? file.body : undefined;
      if (!Buffer.isBuffer(body) || body.readUInt32BE(0) !== 0x7f454c46) return [name, file];
      const bytes = Buffer.from(body);
      bytes.writeUInt16LE(183, 18);
      return [name, { ...(file as object), body: bytes }];
    }),
  );
}

/** Plans, builds, and plans again when nothing has just changed. */
async function countsFor(text: string): Promise<{ first: Counts; again: Counts }> {
  await using project = await projectWith(text);
  const isOurs = (file: string): boolean =>
    [project.folder, path.join(project.root, 'base')].some((folder) => file.startsWith(folder)) &&
    !file.includes('/.pycontainer');
  const first = await counted(isOurs, () => project.plan());
  await later(() => project.up());
  return { first, again: await later(() => counted(isOurs, () => project.plan())) };
}

it('fifty targets for two platforms cost no more looks and reads than five; each has its keys and its record', async () => {
  const [few, many] = [await countsFor(manifest(5)), await countsFor(manifest(50))];
  for (const when of ['first', 'again'] as const) {
    const { hashes: fewHashes, parses: fewParses, ...fewLooks } = few[when];
    const { hashes: manyHashes, parses: manyParses, ...manyLooks } = many[when];
    assert.deepEqual(manyLooks, fewLooks, when);
    assert(fewLooks.stats > files && fewParses > 0, 'it was counted');
    const more = 2 * 45;
    assert((manyHashes - fewHashes) / more < 10, `${manyHashes} hashes instead of ${fewHashes}, ${when}`);
    // Of what was built the last time there is one record an image, and one index a layout.
    const ownParses = when === 'first' ? 0 : more + 45;
    assert(manyParses - fewParses <= ownParses, `${manyParses} parses instead of ${fewParses}, ${when}`);
  }
});

it('fifty targets ask a remote cache, and are kept in it, as five are', async () => {
  const requestsFor = async (count: number): Promise<readonly string[]> => {
    await using registry = await memoryRegistry();
    await using project = await projectWith(manifest(count, `${registry.host}/cache`));
    const { plan } = await project.up();
    assert.equal(plan.targets.length, count);
    await using other = await projectWith(manifest(count, `${registry.host}/cache`));
    assert.equal((await other.up()).result.built, 0);
    return registry.requests.map((line) => line.replace(/uploads\/.*/, 'uploads/')).sort();
  };
  const [few, many] = [await requestsFor(5), await requestsFor(50)];
  assert(few.filter((line) => line.startsWith('PUT') && line.includes('/manifests/')).length >= 3, few.join('\n'));
  assert.deepEqual(many, few);
});

it('a plan that finds all as it was reads no file of the app', async () => {
  const { first, again } = await countsFor(manifest(2));
  assert(first.reads - again.reads >= files, `${first.reads} reads at first, ${again.reads} again`);
});

it('targets that choose different files of one context read each file once, and none the next time', async () => {
  const other = `${manifest(1)}  other: {exclude: [wheels, app/m0.py]}\n  third: {exclude: [wheels, "app/m1*.py"]}\n`;
  const [one, three] = [await countsFor(manifest(1)), await countsFor(other)];
  // Each choice looks for ignore files of its own.
  const ignoreFiles = 2 * 7;
  assert(three.first.reads - one.first.reads <= ignoreFiles, `${three.first.reads} reads for ${one.first.reads}`);
  assert(three.again.reads - one.again.reads <= ignoreFiles, `${three.again.reads} reads for ${one.again.reads}`);
});
