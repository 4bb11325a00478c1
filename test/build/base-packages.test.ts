import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import type { WheelSpec } from '../support/wheel.ts';
import { filesOf, imageOf } from './image-files.ts';

// The base brings typing-extensions 4.12.2.
const same: WheelSpec = { name: 'typing_extensions', version: '4.12.2', files: { 'typing_extensions.py': '' } };
const needing: WheelSpec = {
  name: 'needing',
  metadata: ['Requires-Dist: typing-extensions>=4'],
  files: { 'n.py': '' },
};
const site = 'opt/venv/lib/python3.12/site-packages';

async function projectWith(dependencies: string, ...wheels: readonly WheelSpec[]): Promise<Project> {
  const manifest = `targets: { api: { base: "oci:../base", platforms: [linux/amd64], cmd: [x], dependencies: ${dependencies} } }\n`;
  const project = await Project.with({ 'pycontainer.yaml': manifest, 'main.py': '' });
  await project.writeWheels(...wheels);
  return project;
}

async function ownPaths(project: Project): Promise<readonly string[]> {
  return [...(await filesOf(imageOf(project))).keys()].filter((name) => name.startsWith('opt/venv/'));
}

test("with system-site-packages the base's packages are seen, and not installed again", async () => {
  await using project = await projectWith('{ system-site-packages: true, strict: true }', same, needing);
  const { plan, warnings } = await project.up();
  assert.match(
    (await filesOf(imageOf(project))).get('opt/venv/pyvenv.cfg') ?? '',
    /^include-system-site-packages = true$/m,
  );
  const paths = await ownPaths(project);
  assert(paths.includes(`${site}/n.py`));
  assert(!paths.some((name) => name.includes('typing_extensions')));
  assert.deepEqual(warnings, []);
  assert(plan.targets[0]?.assumed.includes('from the base, not installed again: typing-extensions'));
});

test('another version than the base has is installed over it', async () => {
  await using project = await projectWith('{ system-site-packages: true }', { ...same, version: '4.13.0' }, needing);
  await project.up();
  assert((await ownPaths(project)).includes(`${site}/typing_extensions-4.13.0.dist-info/METADATA`));
});

test("without it the base's packages count for nothing", async () => {
  await using project = await projectWith('{}', same, needing);
  await project.up();
  assert((await ownPaths(project)).includes(`${site}/typing_extensions.py`));
  assert.match(
    (await filesOf(imageOf(project))).get('opt/venv/pyvenv.cfg') ?? '',
    /^include-system-site-packages = false$/m,
  );
});

test('what neither lock nor base has is missed all the same', async () => {
  await using project = await projectWith('{ system-site-packages: true, strict: true }', {
    ...needing,
    metadata: ['Requires-Dist: pip', 'Requires-Dist: typing-extensions>=9', 'Requires-Dist: elsewhere'],
  });
  const error = await rejectsWith(project.up(), 'requires-unmet', /typing-extensions>=9, and 4\.12\.2 is there/);
  assert.deepEqual(
    error.others.map(({ message }) => message),
    ['needing requires elsewhere, which is not among the packages'],
  );
});

test('saying it makes the venv layer anew, for that reason, and no other', async () => {
  await using project = await projectWith('{}', needing);
  await project.up();
  const manifest =
    'targets: { api: { base: "oci:../base", platforms: [linux/amd64], cmd: [x], dependencies: { system-site-packages: true } } }\n';
  project.write({ 'pycontainer.yaml': manifest });
  const stale = (await project.plan()).layers.filter(({ state }) => state === 'stale');
  assert.deepEqual(
    stale.map(({ kind, reasons }) => [kind, reasons]),
    [['venv', [{ kind: 'setting', key: 'system-site-packages', from: 'false', to: 'true' }]]],
  );
});
