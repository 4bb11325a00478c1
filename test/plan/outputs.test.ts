import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createHttp } from '../../src/http.ts';
import type { WorkspaceOptions } from '../../src/index.ts';
import { outputsOf } from '../../src/plan/outputs.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { dockerVersion, fakeEngine, podmanVersion } from '../engine/fake-engine.ts';
import { temporaryPlace } from '../output/images.ts';
import { Project } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';

function project(more: string): Promise<Project> {
  return Project.with({
    'pycontainer.yaml': `targets:\n  api: {base: "oci:../base", cmd: [python], ${more}}\n`,
    'main.py': '',
  });
}

async function namesFor(more: string, push = false): Promise<string[]> {
  await using test = await project(more);
  const plan = await test.plan({ push });
  return plan.targets.flatMap(({ outputs }) => outputs.map(({ output }) => output.name.replace(`${test.folder}/`, '')));
}

const tags = 'tags: ["a.example/x:1", "a.example/x:2", "b.example/y:1"]';

it('a target without outputs goes into a layout below .pycontainer, and with --push to the registries of its tags', async () => {
  assert.deepEqual(await namesFor(tags), ['.pycontainer/images/api']);
  assert.deepEqual(await namesFor(tags, true), ['.pycontainer/images/api', 'a.example/x:1,2', 'b.example/y:1']);
});

it('declared outputs take the place of that layout, and --push adds registries once', async () => {
  const registry = 'outputs: [{type: oci-archive, dest: x.tar}, {type: registry}]';
  assert.deepEqual(await namesFor(`${tags}, ${registry}`), ['x.tar', 'a.example/x:1,2', 'b.example/y:1']);
  assert.deepEqual(await namesFor(`${tags}, ${registry}`, true), ['x.tar', 'a.example/x:1,2', 'b.example/y:1']);
});

it('refuses to push without a tag, at the place where one should be', async () => {
  await using test = await project('outputs: [{type: registry}]');
  const error = await rejectsWith(test.plan(), 'manifest-conflict', /api has no tags/);
  assert.equal(error.location?.line, 2);
});

for (const [what, more] of [
  ['several platforms', 'platforms: [linux/amd64, linux/arm64]'],
  ['layers compressed with zstd', 'compression: {type: zstd}'],
] as const) {
  it(`refuses ${what} for a docker-archive before anything is built, at their place`, async () => {
    await using test = await project(`outputs: [{type: docker-archive, dest: x.tar}], ${more}`);
    const target = (await test.config()).targets.get('api');
    assert(target !== undefined);
    await using place = await temporaryPlace();
    const http = createHttp({ env: {} });
    const credentials = { find: async (): Promise<undefined> => undefined };
    const client = new RegistryClient({ http, settings: new Map(), credentials });
    const planning = async (): Promise<unknown> =>
      outputsOf(target, { root: test.folder, push: false, load: false, client }, place.sources);
    const error = await rejectsWith(planning(), 'manifest-conflict');
    assert.equal(error.message, `api has ${what}, and a docker-archive cannot hold them`);
    assert.equal(error.location?.line, 2);
    await http.close();
  });
}

/** Plans with what listens at a socket as the engine. */
async function planWith(version: unknown, more: string, options: WorkspaceOptions = {}): Promise<Plan> {
  await using fake = await fakeEngine(version);
  await using test = await project(more);
  return await test.plan({ env: { ...test.env, PYCONTAINER_ENGINE: `unix://${fake.socket}` }, ...options });
}

function outputNames({ targets }: Plan): string[] {
  return targets.flatMap(({ outputs }) => outputs.map(({ output }) => output.name.replace(/^.*\/project\//, '')));
}

it('a target without outputs goes to the engine too, under its tags or its own name', async () => {
  assert.deepEqual(outputNames(await planWith(dockerVersion, '')).slice(1), ['Docker 28.2.2 as api:latest']);
  assert.deepEqual(outputNames(await planWith({ ...podmanVersion, Arch: 'amd64' }, '')).slice(1), [
    'Podman 4.3.1 as localhost/api:latest',
  ]);
  const plan = await planWith(dockerVersion, 'tags: ["x:1", "ghcr.io/acme/x"]');
  assert.deepEqual(outputNames(plan).slice(1), ['Docker 28.2.2 as x:1, ghcr.io/acme/x:latest']);
});

it('an engine of another platform is passed over, and so is one that does not answer, and both are said', async () => {
  const other = await planWith(podmanVersion, 'platforms: [linux/amd64]');
  assert.equal(outputNames(other).length, 1);
  assert.deepEqual(other.targets[0]?.assumed.at(-1), 'not given to Podman 4.3.1, which runs linux/arm64');
  await using test = await project('');
  const gone = await test.plan({ env: { ...test.env, PYCONTAINER_ENGINE: 'unix:///gone/docker.sock' } });
  assert.equal(outputNames(gone).length, 1);
  assert.deepEqual(
    gone.targets[0]?.assumed.at(-1),
    'not given to an engine: No engine answers at unix:///gone/docker.sock, which PYCONTAINER_ENGINE names: there is no such socket',
  );
  const none = await test.plan();
  assert(!none.targets[0]?.assumed.some((what) => what.includes('engine')), 'nobody said that there would be one');
});

it('declared outputs keep an image from the engine, unless --load asks for it', async () => {
  const declared = 'outputs: [{type: oci-archive, dest: x.tar}]';
  assert.equal(outputNames(await planWith(dockerVersion, declared)).length, 1);
  const loaded = outputNames(await planWith(dockerVersion, declared, { load: true }));
  assert.deepEqual(loaded.slice(1), ['Docker 28.2.2 as api:latest']);
  const twice = await planWith(dockerVersion, 'outputs: [{type: engine}]', { load: true });
  assert.deepEqual(outputNames(twice), ['Docker 28.2.2 as api:latest']);
});

it('an engine that is asked for must be there', async () => {
  await using test = await project('outputs: [{type: engine}]');
  const error = await rejectsWith(test.plan(), 'engine-absent', /^PYCONTAINER_ENGINE says that there is no engine$/);
  assert.equal(error.location?.line, 2);
  await using plain = await project('');
  await rejectsWith(plain.plan({ load: true }), 'engine-absent');
});

it('an image for an engine is built for its platform, where the target does not say for which', async () => {
  const arm = { ...dockerVersion, Arch: 'arm64' };
  await rejectsWith(planWith(arm, 'outputs: [{type: engine}]'), 'base-platform', /linux\/arm64/);
  await planWith(arm, 'outputs: [{type: engine}], platforms: [linux/amd64]');
});
