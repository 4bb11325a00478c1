import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { it } from 'node:test';
import { fileRoute, type IndexServer, jsonPage, serveIndex, sha256 } from '../support/index-server.ts';
import { Project } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import { makeWheel, type MadeWheel } from '../support/wheel.ts';
import { imageOf } from './image-files.ts';

const wheel = (name: string, kilobytes: number, metadata: readonly string[] = []): MadeWheel =>
  makeWheel({ name, files: { [`${name}.bin`]: randomBytes(kilobytes * 1000) }, metadata });

// RECORD's hashes compress to more or fewer bytes each time, so no two sizes may be so near that they change places.
const wheels = [wheel('small', 10), wheel('torchish', 300), wheel('nv_one', 505), wheel('nv_two', 500)];

async function index(): Promise<IndexServer> {
  const served = await serveIndex();
  for (const { filename, bytes } of wheels) {
    const name = (filename.split('-')[0] ?? '').replace('_', '-');
    const file = { filename, url: `/files/${filename}`, hashes: { sha256: sha256(bytes) }, size: bytes.length };
    served.routes[`/simple/${name}/`] = jsonPage([file]);
    served.routes[`/files/${filename}`] = fileRoute(bytes);
  }
  return served;
}

const manifest = (limits: string): string =>
  `targets:\n  api:\n    base: oci:../base\n    cmd: [python, main.py]\n    limits: ${limits}\n`;

async function projectOn({ url }: IndexServer, limits: string): Promise<Project> {
  const project = await Project.with({ 'pycontainer.yaml': manifest(limits), 'main.py': 'print(1)\n' });
  delete project.env['PIP_NO_INDEX'];
  project.env['PIP_INDEX_URL'] = `${url}/simple/`;
  return project;
}

const pins = (...names: readonly string[]): Readonly<Record<string, string>> => ({
  'requirements.txt': names.map((name) => `${name}==1.0\n`).join(''),
});
const fetched = ({ requests }: IndexServer): number => requests.filter((line) => line.startsWith('GET /files/')).length;

it('an image that would grow too much is refused before a wheel is fetched, and built once it may', async () => {
  await using served = await index();
  await using project = await projectOn(served, '{growth: 700kB}');
  project.write(pins('small'));
  await project.up();
  const before = imageOf(project).digest;
  project.write(pins('small', 'torchish', 'nv-one', 'nv-two'));
  const [platform] = (await project.plan()).targets[0]?.platforms ?? [];
  assert.deepEqual(
    platform?.size.excesses.map(({ limit, limitBytes }) => [limit, limitBytes]),
    [['growth', 700_000]],
  );
  const count = fetched(served);
  const error = await rejectsWith(
    project.up(),
    'limit-exceeded',
    /^api would grow from [\d.]+ kB to ~1\.\d MB: nv-one 1\.0 added \(50\d kB\), nv-two 1\.0 added \(50\d kB\), and 1 more$/,
  );
  assert.equal(error.hint, 'limits.growth allows 700 kB more. Take out what is not needed, or raise the limit.');
  assert.deepEqual([error.location?.line, error.location?.text], [5, '    limits: {growth: 700kB}']);
  assert.equal(fetched(served), count, 'no wheel was fetched');
  assert.equal(imageOf(project).digest, before);
  project.write({ 'pycontainer.yaml': manifest('{growth: 2MB}') });
  await project.up();
  project.write({ 'pycontainer.yaml': manifest('{growth: 0}') });
  await project.up();
  const { size } = (await project.plan()).targets[0]?.platforms[0] ?? {};
  assert.deepEqual([size?.isEstimate, size?.beforeBytes], [false, size?.totalBytes]);
});

it('an app that turns out too large is refused before it is delivered, and told exactly', async () => {
  await using served = await index();
  await using project = await projectOn(served, '{growth: 100%}');
  project.write(pins('small'));
  await project.up();
  const before = imageOf(project).digest;
  project.write({ 'data.bin': randomBytes(400_000), 'text.txt': 'easy to pack '.repeat(100_000) });
  assert.deepEqual((await project.plan()).targets[0]?.platforms[0]?.size.excesses, []);
  const told = /^api would grow from [\d.]+ kB to 4\d\d kB: the app grew \(40\d kB\)$/;
  await rejectsWith(project.up(), 'limit-exceeded', told);
  assert.equal(imageOf(project).digest, before, 'nothing was delivered');
  await rejectsWith(project.up(), 'limit-exceeded', told);
  fs.rmSync(project.path('data.bin'));
  await project.up();
});

it('a limit of size holds for the first build', async () => {
  await using served = await index();
  await using project = await projectOn(served, '{size: 1MB}');
  project.write(pins('nv-one', 'nv-two'));
  await rejectsWith(
    project.up(),
    'limit-exceeded',
    /^api would have ~1\.0 MB: nv-one 1\.0 \(50\d kB\), nv-two 1\.0 \(50\d kB\), and 1 more$/,
  );
  assert.equal(fetched(served), 0);
  project.write(pins('nv-one'));
  await project.up();
});
