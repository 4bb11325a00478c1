import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { selectTargets } from '../../src/index.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { BuildResult } from '../../src/index.ts';
import { type LayoutImage } from '../support/layout.ts';
import { Project, staleOf } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import { filesOf, imageOf } from './image-files.ts';

const defaults = 'defaults: {base: "oci:../base", platforms: [linux/amd64]}\n';

function manifest(targets: Readonly<Record<string, string>>): string {
  const sections = Object.entries(targets).map(([name, section]) => `  ${name}: ${section}\n`);
  return `${defaults}targets:\n${sections.join('')}`;
}

async function up(project: Project, ...names: readonly string[]): Promise<{ plan: Plan; result: BuildResult }> {
  const { workspace, config } = await project.open();
  await using opened = workspace;
  const plan = await opened.plan(selectTargets(config, names));
  return { plan, result: await opened.build(plan) };
}

const digestsOf = ({ layers }: LayoutImage): readonly string[] => layers.map(({ digest }) => digest);
const environmentOf = ({ config }: LayoutImage): readonly string[] => config.config.Env ?? [];

describe('a target as a base', () => {
  it('is built but not delivered when it was not asked for, and its image is the one that the other names', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", context: api, environment: {B: api, C: "3"}, cmd: [python, -m, api]}',
        core: '{context: core, environment: {A: "1", B: core}, labels: {from: core}, cmd: [python]}',
      }),
      'core/core.py': 'x = 1\n',
      'api/api.py': 'import core\n',
    });
    const { plan } = await up(project, 'api');
    assert.deepEqual(
      plan.bases.map(({ target }) => target.name),
      ['core'],
    );
    assert(!existsSync(project.path('.pycontainer/images/core')));
    const api = imageOf(project, 'api');
    await up(project, 'core');
    const core = imageOf(project, 'core');
    const below = api.manifest.annotations?.['org.opencontainers.image.base.digest'];
    assert.equal(below, core.digest);
    assert.deepEqual(digestsOf(api).slice(0, -1), digestsOf(core));
    assert(environmentOf(api).includes('A=1') && environmentOf(api).includes('B=api'));
    assert(environmentOf(api).includes('C=3'));
    assert.deepEqual(api.config.config.Cmd, ['python', '-m', 'api']);
    assert.equal(environmentOf(api).filter((line) => line.startsWith('PATH=')).length, 1);
    const files = await filesOf(api);
    assert.equal(files.get('app/core.py'), 'x = 1\n');
    assert.equal(files.get('app/api.py'), 'import core\n');
  });

  it('is fresh when nothing changed, and only its layer is stale when its file did', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", context: api, cmd: [python]}',
        core: '{context: core, cmd: [python]}',
      }),
      'core/core.py': 'x = 1\n',
      'api/api.py': 'import core\n',
    });
    const first = await up(project, 'api');
    assert.equal(first.result.built, 3);
    const again = await up(project, 'api');
    assert.equal(again.result.built, 0);
    assert.equal(again.plan.targets[0]?.outputs[0]?.state, 'fresh');
    project.write({ 'core/core.py': 'x = 2\n' });
    const { plan } = await up(project, 'api');
    assert.deepEqual(staleOf(plan), ['app']);
    const [stale] = plan.layers.filter(({ state }) => state === 'stale');
    assert.deepEqual(stale?.reasons, [{ kind: 'file', change: 'changed', path: 'core.py' }]);
    assert.deepEqual(stale.usedBy, ['core linux/amd64', 'api linux/amd64']);
    assert.deepEqual(plan.targets[0]?.platforms[0]?.base.reasons, [{ kind: 'below', node: 'image:core' }]);
    assert.equal((await filesOf(imageOf(project, 'api'))).get('app/core.py'), 'x = 2\n');
  });

  it('has its packages installed once: the other adds what it needs besides', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", context: api, dependencies: {from: both.txt}, cmd: [python]}',
        core: '{context: core, dependencies: {from: one.txt}, cmd: [python]}',
      }),
      'core/core.py': '',
      'api/api.py': '',
    });
    await project.writeWheels({ name: 'one' }, { name: 'two' });
    const options = '--no-index\n--find-links wheels\n';
    project.write({ 'one.txt': `${options}one==1.0\n`, 'both.txt': `${options}one==1.0\ntwo==1.0\n` });
    const { plan } = await up(project);
    const titles = plan.layers.map(({ kind, title, usedBy }) => [kind, title, usedBy.length]);
    assert.deepEqual(titles, [
      ['package', 'one 1.0', 2],
      ['venv', 'venv', 2],
      ['app', 'app', 2],
      ['package', 'two 1.0', 1],
      ['venv', 'venv', 1],
      ['app', 'app', 1],
    ]);
    const tars = imageOf(project, 'api').layers.map(({ tar }) => tar);
    const written = (name: string): number => tars.filter((tar) => tar.includes(`${name}-1.0.dist-info/RECORD`)).length;
    assert.deepEqual([written('one'), written('two')], [1, 1]);
    const files = await filesOf(imageOf(project, 'api'));
    for (const name of ['one', 'two']) {
      assert(files.has(`opt/venv/lib/python3.12/site-packages/${name}-1.0.dist-info/INSTALLER`), name);
    }
  });

  it('adds no layer where only the config differs', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        debug: '{base: "target:api", exclude: [wheels], environment: {DEBUG: "1"}}',
        api: '{cmd: [python, main.py], exclude: [wheels]}',
      }),
      'main.py': '',
    });
    await project.writeWheels({ name: 'one' });
    await up(project);
    const [debug, api] = [imageOf(project, 'debug'), imageOf(project, 'api')];
    assert.deepEqual(digestsOf(debug), digestsOf(api));
    assert.deepEqual(debug.config.config.Cmd, ['python', 'main.py'], 'what the manifest says there holds here');
    assert(environmentOf(debug).includes('DEBUG=1') && !environmentOf(api).includes('DEBUG=1'));
  });

  it('may have no package in another form', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", dependencies: {from: new.txt}, cmd: [python]}',
        core: '{dependencies: {from: old.txt}, cmd: [python]}',
      }),
      'main.py': '',
    });
    await project.writeWheels({ name: 'one', version: '1.0' }, { name: 'one', version: '2.0' });
    const options = '--no-index\n--find-links wheels\n';
    project.write({ 'old.txt': `${options}one==1.0\n`, 'new.txt': `${options}one==2.0\n` });
    const error = await rejectsWith(up(project), 'dependency-conflict');
    assert.equal(error.message, 'api installs one 2.0, and its base target core has 1.0 in /opt/venv');
    assert.deepEqual([error.location?.file, error.location?.line], ['new.txt', 3]);
    project.write({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", dependencies: {from: new.txt, prefix: /opt/api}, cmd: [python]}',
        core: '{dependencies: {from: old.txt}, cmd: [python]}',
      }),
    });
    await up(project);
    const path = environmentOf(imageOf(project, 'api')).find((line) => line.startsWith('PATH='));
    assert.match(path ?? '', /^PATH=\/opt\/api\/bin:\/opt\/venv\/bin:/);
  });

  it('tells the other of its folders, users and libraries before it is made', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", context: api, user: shop, files: [{src: x, dest: /data/x}], cmd: [python]}',
        core: [
          '{context: core, user: {name: shop, uid: 1234, gid: 1235},',
          'directories: [{path: /data, owner: "7:8", mode: 0750}],',
          'files: [{src: libx.so.1, dest: /usr/lib/}], cmd: [python]}',
        ].join(' '),
      }),
      'core/libx.so.1': '',
      'api/x': 'x\n',
    });
    const { plan } = await up(project, 'api');
    const inputs = plan.targets[0]?.platforms[0]?.inputs;
    assert(inputs !== undefined && inputs.facts.libraries.includes('libx.so.1'));
    assert(!plan.bases[0]?.platforms[0]?.inputs.facts.libraries.includes('libx.so.1'));
    assert.equal(inputs.settings.user, '1234:1235');
    const folder = inputs.app.entries.find(({ path }) => path === 'data');
    assert.deepEqual([folder?.mode, folder?.uid, folder?.gid], [0o750, 7, 8]);
    assert.equal(inputs.facts.interpreter?.path, '/usr/local/bin/python3.12');
  });

  it('keeps its code importable beside that of the other', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", context: api, cmd: [python]}',
        core: '{context: core, workdir: /srv/core, cmd: [python]}',
      }),
      'core/core.py': '',
      'api/api.py': '',
    });
    await up(project, 'api');
    const files = await filesOf(imageOf(project, 'api'));
    assert.equal(files.get('opt/venv/lib/python3.12/site-packages/_pycontainer_app.pth'), '/app\n/srv/core\n');
  });

  it('stands on a third, for every platform that is asked for', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        top: '{base: "target:middle", context: top, cmd: [python]}',
        middle: '{base: "target:low", context: middle, environment: {M: "1"}, cmd: [python]}',
        low: '{context: low, environment: {L: "1"}, cmd: [python]}',
      }),
      'top/t.py': 't',
      'middle/m.py': 'm',
      'low/l.py': 'l',
    });
    const { plan } = await up(project, 'top');
    assert.deepEqual(
      plan.bases.map(({ target }) => target.name),
      ['middle', 'low'],
    );
    const image = imageOf(project, 'top');
    const files = await filesOf(image);
    assert.deepEqual(
      ['t', 'm', 'l'].map((name) => files.get(`app/${name}.py`)),
      ['t', 'm', 'l'],
    );
    assert(environmentOf(image).includes('L=1') && environmentOf(image).includes('M=1'));
    assert.equal((await up(project, 'top')).result.built, 0);
  });

  it('is locked by what it stands on in the end', async () => {
    await using project = await Project.with({
      'pycontainer.yaml': manifest({
        api: '{base: "target:core", context: api, files: [{src: /srv, dest: /srv, from: "target:core"}], cmd: [python]}',
        core: '{context: core, cmd: [python]}',
      }),
      'core/core.py': '',
      'api/api.py': '',
    });
    const { workspace, config } = await project.open();
    await using opened = workspace;
    const files = await opened.lock(selectTargets(config, ['api']), { check: false, all: false });
    assert.deepEqual(
      files.map(({ changed }) => changed),
      [false],
    );
  });
});

describe('files out of a target', () => {
  const files = {
    'assets/data/a.txt': 'a\n',
    'assets/data/deep/b.txt': 'b\n',
    'assets/other.txt': '1\n',
    'api/api.py': '',
    'api/static/a.txt': 'own\n',
  };
  const targets = {
    api: '{context: api, files: [{src: /app/data, dest: static, from: "target:assets"}], cmd: [python]}',
    assets: '{context: assets, cmd: [python]}',
  };

  it('are copied when that image is made, over what is there', async () => {
    await using project = await Project.with({ 'pycontainer.yaml': manifest(targets), ...files });
    const { plan } = await up(project, 'api');
    assert.deepEqual(
      plan.bases.map(({ target }) => target.name),
      ['assets'],
    );
    const api = imageOf(project, 'api');
    const found = await filesOf(api);
    assert.equal(found.get('app/static/a.txt'), 'a\n');
    assert.equal(found.get('app/static/deep/b.txt'), 'b\n');
    assert.equal(found.get('app/api.py'), '');
    assert(![...found.values()].includes('1\n'), 'nothing else of that image is in this one');
    assert.equal((await up(project, 'api')).result.built, 0);
  });

  it('are looked at again when that image changes, and the same files make the same image', async () => {
    await using project = await Project.with({ 'pycontainer.yaml': manifest(targets), ...files });
    await up(project, 'api');
    const before = imageOf(project, 'api').digest;
    project.write({ 'assets/other.txt': '2\n' });
    const { plan } = await up(project, 'api');
    const [, app] = plan.layers.filter(({ state }) => state === 'stale');
    assert.deepEqual(app?.reasons, [{ kind: 'file', change: 'changed', path: 'target:assets:/app/data' }]);
    assert.equal(imageOf(project, 'api').digest, before);
    project.write({ 'assets/data/a.txt': 'A\n' });
    await up(project, 'api');
    assert.equal((await filesOf(imageOf(project, 'api'))).get('app/static/a.txt'), 'A\n');
  });

  it('that are not there are told with the target and the path', async () => {
    await using project = await Project.with({
      ...files,
      'pycontainer.yaml': manifest({ ...targets, api: targets.api.replace('/app/data', '/nowhere') }),
    });
    const error = await rejectsWith(up(project, 'api'), 'file-unreadable');
    assert.match(error.message, /files: target:assets has no \/nowhere/);
  });
});
