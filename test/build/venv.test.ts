import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { describe, test } from 'node:test';
import { makeElf } from '../support/elf.ts';
import { Project, type ProjectFiles, staleOf } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import { type VenvPackage, type VenvSpec, writeVenv } from '../support/venv.ts';
import { filesOf, imageOf } from './image-files.ts';

const site = 'opt/venv/lib/python3.12/site-packages';
const pip: VenvPackage = { name: 'pip', version: '25.0', files: { 'pip/__init__.py': '', '../../../bin/pip': '' } };

interface Wish {
  readonly spec: VenvSpec;
  readonly dependencies?: string;
  readonly files?: ProjectFiles;
}

/** A project whose packages are in `.venv`, and in no lock. */
async function projectWith({ spec, dependencies = '{}', files = {} }: Wish): Promise<Project> {
  const manifest = `targets: { api: { base: "oci:../base", platforms: [linux/amd64], cmd: [x], dependencies: ${dependencies} } }\n`;
  const project = await Project.with({ 'pycontainer.yaml': manifest, 'main.py': '', ...files });
  writeVenv(project.path('.venv'), spec);
  return project;
}

async function imageFiles(project: Project): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await filesOf(imageOf(project)))].filter(([name]) => name.startsWith('opt/venv/')));
}

test('packages of the venv are installed as those of a lock are, and pip is left behind', async () => {
  const tool: VenvPackage = {
    name: 'tool',
    files: {
      'tool.py': 'x = 1\n',
      'tool/__pycache__/a.pyc': '',
      '../../../bin/tool': '#!/here/.venv/bin/python\nrun()\n',
    },
    info: { REQUESTED: '' },
  };
  await using project = await projectWith({ spec: { packages: [pip, tool] } });
  const { plan, warnings } = await project.up();
  assert.deepEqual(warnings, []);
  assert.equal(plan.targets[0]?.platforms[0]?.inputs.python?.source, '.venv');
  assert(plan.targets[0]?.assumed.includes('packages from .venv'));
  const files = await imageFiles(project);
  const info = `${site}/tool-1.0.dist-info`;
  assert.deepEqual(
    [...files.keys()]
      .filter((name) => !/\/(?:python[\d.]*|lib64|pyvenv\.cfg|_pycontainer_app\.pth)$/.test(name))
      .sort(),
    [
      'opt/venv/bin/tool',
      ...['INSTALLER', 'METADATA', 'RECORD', 'REQUESTED', 'WHEEL'].map((name) => `${info}/${name}`),
      `${site}/tool.py`,
    ],
  );
  const launcher = '#!/opt/venv/bin/python\nrun()\n';
  assert.equal(files.get('opt/venv/bin/tool'), launcher);
  const hash = createHash('sha256').update(launcher).digest('base64url');
  assert(files.get(`${info}/RECORD`)?.split('\n').includes(`../../../bin/tool,sha256=${hash},${launcher.length}`));
  assert.equal(files.get(`${info}/INSTALLER`), 'pycontainer\n');
  assert.match(files.get('opt/venv/pyvenv.cfg') ?? '', /^home = \/usr\/local\/bin$/m);
});

test('what was built once is fresh, and one package that changes makes its layer and the venv layer anew', async () => {
  const one: VenvPackage = { name: 'one', files: { 'one.py': '' } };
  await using project = await projectWith({ spec: { packages: [one] } });
  await project.up();
  assert.deepEqual(staleOf(await project.plan()), []);
  appendFileSync(project.path('.venv/lib/python3.12/site-packages/one.py'), 'changed = True\n');
  const { layers } = await project.plan();
  const stale = layers.filter(({ state }) => state === 'stale');
  assert.deepEqual(
    stale.map(({ kind }) => kind),
    ['package', 'venv'],
  );
  for (const { reasons } of stale)
    assert.deepEqual(
      reasons.map((reason) => 'name' in reason && reason.name),
      ['one'],
    );
});

test('setuptools comes along where a package requires it', async () => {
  const setuptools: VenvPackage = { name: 'setuptools', files: { 'setuptools.py': '' } };
  const packages: VenvPackage[] = [
    { name: 'old', metadata: ['Requires-Dist: setuptools', 'Requires-Dist: pip; extra == "x"'] },
  ];
  await using project = await projectWith({ spec: { packages: [...packages, setuptools, pip] } });
  await project.up();
  const files = await imageFiles(project);
  assert.deepEqual([files.has(`${site}/setuptools.py`), files.has('opt/venv/bin/pip')], [true, false]);
});

const library =
  '[project]\nname = "own-lib"\nversion = "2.0"\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n';

describe('an editable install', () => {
  const editable = (folder: string, name = 'own-lib'): VenvPackage => ({
    name,
    version: '2.0',
    files: { [`__editable__.${name}.pth`]: `${folder}/src\n` },
    info: { 'direct_url.json': JSON.stringify({ dir_info: { editable: true }, url: `file://${folder}` }) },
  });

  test('becomes the source that it stands for', async () => {
    await using project = await projectWith({ spec: {} });
    project.write({ '../lib/pyproject.toml': library, '../lib/src/own_lib/__init__.py': 'y = 2\n' });
    writeVenv(project.path('.venv'), { packages: [editable(`${project.root}/lib`)] });
    await project.up();
    const files = await imageFiles(project);
    assert.equal(files.get('opt/venv/src/own-lib/src/own_lib/__init__.py'), 'y = 2\n');
    assert.equal(files.get(`${site}/_own_lib.pth`), '/opt/venv/src/own-lib/src\n');
    assert(![...files.keys()].some((name) => name.includes('__editable__')));
    assert(![...files.values()].some((text) => text.includes(project.root)));
  });

  test('of the project itself is the project', async () => {
    await using project = await projectWith({
      spec: {},
      files: { 'pyproject.toml': library, 'src/own_lib/__init__.py': '' },
    });
    writeVenv(project.path('.venv'), { packages: [editable(project.folder)] });
    await project.up();
    const files = await imageFiles(project);
    assert.equal(files.get(`${site}/_own_lib.pth`), '/app/src\n');
    assert(![...files.keys()].some((name) => name.startsWith('opt/venv/src')));
  });

  test('without a pyproject.toml is refused', async () => {
    await using project = await projectWith({ spec: { packages: [editable('/nowhere/lib')] } });
    await rejectsWith(project.plan(), 'lock-unsupported', /\/nowhere\/lib installed as editable/);
  });
});

describe('which packages', () => {
  const spec: VenvSpec = { packages: [{ name: 'of-venv' }] };
  const names = async (project: Project): Promise<readonly string[] | undefined> =>
    (await project.plan()).targets[0]?.platforms[0]?.inputs.python?.packages.map(({ name }) => name);

  test('a lock is taken before a venv', async () => {
    await using project = await projectWith({ spec });
    await project.writeWheels({ name: 'of_lock' });
    assert.deepEqual(await names(project), ['of-lock']);
  });

  test('a venv that is named is taken before a lock', async () => {
    await using project = await projectWith({ spec, dependencies: '{ from: .venv }' });
    await project.writeWheels({ name: 'of_lock' });
    assert.deepEqual(await names(project), ['of-venv']);
  });

  test('a venv is taken where there are dependencies and no lock', async () => {
    await using project = await projectWith({
      spec,
      files: { 'pyproject.toml': '[project]\nname = "x"\nversion = "1"\ndependencies = ["of-venv"]\n' },
    });
    assert.deepEqual(await names(project), ['of-venv']);
  });

  test('what is named and is no venv, or not there, is refused', async () => {
    await using project = await projectWith({ spec, dependencies: '{ from: venv }' });
    await rejectsWith(project.plan(), 'lock-not-found', /no lock file venv$/);
    project.write({ 'venv/bin/python': '' });
    await rejectsWith(project.plan(), 'lock-unsupported', /^venv is of a kind that is not read/);
  });
});

describe('a venv for something else is refused', () => {
  const cases: readonly (readonly [what: string, VenvSpec, RegExp])[] = [
    ['another Python', { library: 'python3.11' }, /\.venv is for Python 3\.11, and the base has Python 3\.12/],
    ['a free-threaded Python', { library: 'python3.12t' }, /is for Python 3\.12t/],
    [
      'another system',
      { packages: [{ name: 'n', tag: 'cp312-cp312-macosx_11_0_arm64' }] },
      /n in \.venv is for cp312-cp312-macosx/,
    ],
    ['a newer C library', { packages: [{ name: 'n', tag: 'cp312-cp312-manylinux_2_99_x86_64' }] }, /manylinux_2_99/],
  ];
  for (const [what, spec, message] of cases) {
    test(what, async () => {
      await using project = await projectWith({ spec });
      await rejectsWith(project.plan(), 'lock-platform', message);
    });
  }

  test('another machine, by its binaries', async () => {
    const native: VenvPackage = {
      name: 'n',
      tag: 'cp312-cp312-linux_x86_64',
      files: { 'n.so': makeElf({ machine: 183 }) },
    };
    await using project = await projectWith({ spec: { packages: [native] } });
    await rejectsWith(project.up(), 'wheel-not-fitting', /n has only binaries for aarch64/);
  });
});

test('binaries of copied packages are checked too', async () => {
  const native: VenvPackage = {
    name: 'n',
    tag: 'cp312-cp312-linux_x86_64',
    files: { 'n.so': makeElf({ needed: ['libpq.so.5'] }) },
  };
  await using project = await projectWith({
    spec: { packages: [native, { name: 'm', metadata: ['Requires-Dist: none'] }] },
  });
  const { warnings } = await project.up();
  assert.deepEqual(warnings.map(({ code }) => code).sort(), ['library-missing', 'requires-unmet']);
});

test('what belongs to no package, or is gone, is told', async () => {
  const lib: VenvPackage = { name: 'lib', files: { 'lib.py': '', 'gone.py': '' } };
  await using project = await projectWith({
    spec: { packages: [lib], files: { 'lib/python3.12/site-packages/stray.py': '' } },
  });
  rmSync(project.path('.venv/lib/python3.12/site-packages/gone.py'));
  const { warnings } = await project.up();
  assert.deepEqual(
    warnings.map(({ code, message }) => [code, message.split(' ')[0]]),
    [
      ['files-left-out', 'stray.py'],
      ['wheel-record', 'lib/python3.12/site-packages/gone.py'],
    ],
  );
});
