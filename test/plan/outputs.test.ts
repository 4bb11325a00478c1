import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createHttp } from '../../src/http.ts';
import { outputsOf } from '../../src/plan/outputs.ts';
import { RegistryClient } from '../../src/registry/client.ts';
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
      outputsOf(target, { root: test.folder, push: false, client }, place.sources);
    const error = await rejectsWith(planning(), 'manifest-conflict');
    assert.equal(error.message, `api has ${what}, and a docker-archive cannot hold them`);
    assert.equal(error.location?.line, 2);
    await http.close();
  });
}
