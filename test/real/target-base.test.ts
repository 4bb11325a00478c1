import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addWheels, requirements } from '../cli/project.ts';
import { startDocker, startPodman } from '../support/engine.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { makeWheel } from '../support/wheel.ts';

const parts = partsMissing('root', 'dockerd', 'podman', 'runc');

const one = makeWheel({ name: 'one', files: { 'one/__init__.py': 'name = "one"\n' } });
const two = makeWheel({ name: 'two', files: { 'two/__init__.py': 'import one\nname = one.name + " and two"\n' } });

async function project(): Promise<Rig> {
  const rig = new Rig({
    'core/core.py': 'from one import name\n',
    'core/requirements.txt': requirements(one),
    'api/main.py': [
      'import os, core, two, importlib.metadata as metadata',
      'words = [core.name, two.name, os.environ["A"], open("/srv/words/hello").read().strip()]',
      'found = sorted(one.metadata["Name"] for one in metadata.distributions() if "/opt/venv/" in str(one.locate_file("")))',
      'print(", ".join([*words, *found, str(os.getuid()), str(os.stat("/data").st_uid)]))',
      '',
    ].join('\n'),
    'api/requirements.txt': requirements(one, two),
    'assets/words/hello': 'hello\n',
    'pycontainer.yaml': `defaults: {base: "oci:${await pythonLayout()}", platforms: [linux/amd64]}
targets:
  api:
    base: target:core
    context: api
    user: shop
    files: [{src: /app/words, dest: /srv/words, from: "target:assets"}]
    cmd: [python, main.py]
    tags: [registry.example/api:dev]
    outputs: [{type: docker-archive, dest: api.tar}]
  core:
    context: core
    workdir: /srv/core
    environment: {A: from core}
    user: {name: shop, uid: 1234, gid: 1234}
    directories: [{path: /data, owner: "1234:1234"}]
    cmd: [python]
  assets: {context: assets, cmd: [python]}
`,
  });
  addWheels(rig, one, two);
  return rig;
}

for (const [name, start] of [
  ['Docker', startDocker],
  ['Podman', startPodman],
] as const) {
  test(`${name} runs a target on another, with files of a third`, { skip: pythonBaseMissing || parts }, async () => {
    await using rig = await project();
    await rig.ok(['up', 'api']);
    await using engine = await start();
    await engine.run('load', '-i', rig.path('api.tar'));
    const id = await engine.runDetached('registry.example/api:dev');
    assert.equal(await engine.run('wait', id), '0', await engine.run('logs', id));
    assert.equal(await engine.run('logs', id), 'one, one and two, from core, hello, one, two, 1234, 1234');
  });
}
