import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type Plan, selectTargets } from '../../../src/index.ts';
import { counted, later } from '../../support/counted.ts';
import { Project } from '../../support/project.ts';

interface Planner {
  readonly project: Project;
  /** Plans as a watch does after a save in the app, and counts the texts that it reads beside the app. */
  readonly plan: (changedIn?: readonly string[]) => Promise<{ plan: Plan; texts: number }>;
}

/** After two looks at everything, as a watch begins with. */
async function plannerFor(t: TestContext): Promise<Planner> {
  const project = await Project.with({
    'pycontainer.yaml': 'targets: {api: {base: "oci:../base", cmd: [python], exclude: [wheels]}}',
    'pyproject.toml':
      '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n[project]\nname = "shop"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "shop/version.py"\n',
    'shop/version.py': '__version__ = "1.0"\n',
    'shop/cart.py': 'x = 1\n',
  });
  await project.writeWheels({ name: 'one' });
  const { workspace, config } = await project.open({ lasting: true });
  t.after(async () => {
    await workspace[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });
  const targets = selectTargets(config, []);
  const isText = (file: string): boolean => /\.(?:toml|txt)$|\/version\.py$/.test(file);
  const planner: Planner = {
    project,
    plan: async (changedIn) => {
      let plan: Plan | undefined;
      const act = async (): Promise<unknown> => (plan = await workspace.plan(targets, { changedIn }));
      const { reads } = await later(() => counted(isText, act));
      assert(plan !== undefined);
      return { plan, texts: reads };
    },
  };
  await planner.plan();
  await planner.plan();
  return planner;
}

function packagesIn({ plan }: { plan: Plan }): readonly string[] {
  const [platform] = plan.targets[0]?.platforms ?? [];
  return (platform?.inputs.python?.packages ?? []).map(({ name }) => name);
}

function versionIn({ plan }: { plan: Plan }): unknown {
  const [platform] = plan.targets[0]?.platforms ?? [];
  return platform?.inputs.annotations['org.opencontainers.image.version'];
}

test('a save in the app reads neither lock nor project again, a look at everything does', async (t) => {
  const { project, plan } = await plannerFor(t);
  project.write({ 'shop/cart.py': 'x = 22\n' });
  const saved = await plan([project.path('shop')]);
  assert.equal(saved.texts, 0);
  assert.deepEqual(packagesIn(saved), ['one']);
  assert((await plan()).texts > 0);
});

test('a lock that changed counts, whatever events said', async (t) => {
  const { project, plan } = await plannerFor(t);
  await project.writeWheels({ name: 'one' }, { name: 'two' });
  assert.deepEqual(packagesIn(await plan([])), ['one', 'two']);
});

test('a lock that comes counts, and one that goes', async (t) => {
  const { project, plan } = await plannerFor(t);
  project.write({ 'pylock.api.toml': 'lock-version = "1.0"\ncreated-by = "x"\npackages = []\n' });
  assert.deepEqual(packagesIn(await plan([])), []);
  fs.rmSync(project.path('pylock.api.toml'));
  assert.deepEqual(packagesIn(await plan([])), ['one']);
});

test('a version that is read from a file of the app is read again when that file changes', async (t) => {
  const { project, plan } = await plannerFor(t);
  assert.equal(versionIn(await plan([])), '1.0');
  project.write({ 'shop/version.py': '__version__ = "1.0.1"\n' });
  assert.equal(versionIn(await plan([project.path('shop')])), '1.0.1');
});

test('a base that changed counts', async (t) => {
  const { project, plan } = await plannerFor(t);
  fs.writeFileSync(`${project.root}/base/index.json`, '{"schemaVersion": 2, "manifests": []}');
  await assert.rejects(plan([]), { code: 'base-not-found' });
  await assert.rejects(plan([]), { code: 'base-not-found' });
});

test('what is looked at stays known as looked at, so that a watch goes on watching it', async (t) => {
  const { project, plan } = await plannerFor(t);
  const { workspace, config } = await project.open({ lasting: true });
  t.after(() => workspace[Symbol.asyncDispose]());
  const targets = selectTargets(config, []);
  await later(() => workspace.plan(targets));
  await later(() => workspace.plan(targets));
  const { folders, inputs } = workspace.seen;
  await later(() => workspace.plan(targets, { changedIn: [] }));
  assert.deepEqual(workspace.seen.folders, folders);
  assert.deepEqual(workspace.seen.inputs, inputs);
  assert.equal((await plan([])).texts, 0);
});
