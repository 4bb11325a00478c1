import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { type LayoutLayer, layerHeaders, readLayout } from '../support/layout.ts';
import type { Rig } from '../support/rig.ts';
import { addWheels, bulkyWheel, manifest, requirements, smallProject, smallWheel, writeBase } from './project.ts';
import { makeWheel } from '../support/wheel.ts';

test("a package's layer has the same digest in two projects that share nothing else", async () => {
  const other = makeWheel({ name: 'other', files: { 'other/__init__.py': '' } });
  await using one = await smallProject();
  await using two = await smallProject({
    'pycontainer.yaml': `${manifest}    workdir: /srv\n    user: "7:7"\n    environment: { MODE: other }\n`,
    'requirements.txt': requirements(bulkyWheel, other),
    'main.py': 'import bulky\n',
  });
  addWheels(two, other);
  await writeBase(two, { ...official, layers: [...official.layers, { 'opt/tools/': folder(0o755) }] });
  await one.ok(['up']);
  await two.ok(['up']);
  const [layer, same] = [await layerWith(one, 'bulky/data.bin'), await layerWith(two, 'bulky/data.bin')];
  assert.equal(same.digest, layer.digest);
  assert.notEqual(
    readLayout(one.path('.pycontainer/images/web')).digest,
    readLayout(two.path('.pycontainer/images/web')).digest,
  );
});

test('another prefix or another Python makes another layer', async () => {
  await using rig = await smallProject();
  await rig.ok(['up']);
  const before = await layerWith(rig, 'bulky/data.bin');
  await rig.ok(['up', '--set', 'web.dependencies.prefix=/srv/env']);
  assert.notEqual((await layerWith(rig, 'bulky/data.bin')).digest, before.digest);
});

test('two services of a workspace with one lock share every layer of packages', async () => {
  await using rig = await smallProject(workspace);
  for (const name of ['requirements.txt', 'main.py']) rig.remove(name);
  await rig.ok(['up']);
  const [api = [], worker = []] = ['api', 'worker'].map(
    (name) => readLayout(rig.path('.pycontainer/images', name)).layers,
  );
  const digests = [api, worker].map((layers) => layers.map(({ digest }) => digest));
  assert.deepEqual(digests[0]?.slice(0, -1), digests[1]?.slice(0, -1));
  assert.notEqual(digests[0]?.at(-1), digests[1]?.at(-1));
  for (const [name, layer] of [
    ['api', api.at(-1)],
    ['worker', worker.at(-1)],
  ] as const) {
    assert(layer !== undefined);
    const files = [...(await layerHeaders(layer)).keys()];
    assert(files.includes(`app/src/${name}/__init__.py`));
    assert(files.includes('opt/venv/src/kit/src/kit/__init__.py'));
    assert(files.includes(`opt/venv/bin/${name}`));
  }
});

const project = (name: string, dependency: string, more: string): string => `[project]
name = "${name}"
version = "1.0"
requires-python = ">=3.12"
dependencies = ["${dependency}"]
${more}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
`;
const service = (name: string): string =>
  project(
    name,
    'kit',
    `\n[project.scripts]\n${name} = "${name}:main"\n\n[tool.uv.sources]\nkit = { workspace = true }\n`,
  );

const workspace = {
  'pycontainer.yaml': `defaults:
  base: oci:../base
  platforms: [linux/amd64]
targets:
  api:
    context: services/api
    environment: { ROLE: api }
  worker:
    extends: api
    context: services/worker
`,
  'pyproject.toml': '[tool.uv.workspace]\nmembers = ["services/*", "packages/*"]\n',
  'services/api/pyproject.toml': service('api'),
  'services/api/src/api/__init__.py': 'def main():\n    pass\n',
  'services/worker/pyproject.toml': service('worker'),
  'services/worker/src/worker/__init__.py': 'def main():\n    pass\n',
  'packages/kit/pyproject.toml': project('kit', 'small==1.0', ''),
  'packages/kit/src/kit/__init__.py': '',
  'uv.lock': `version = 1
requires-python = ">=3.12"

[manifest]
members = ["api", "kit", "worker"]
${['api', 'worker'].map((name) => member(name, `services/${name}`, 'kit', '{ name = "kit", editable = "packages/kit" }')).join('')}
${member('kit', 'packages/kit', 'small', '{ name = "small", specifier = "==1.0" }')}
[[package]]
name = "small"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
wheels = [
    { url = "https://files.pythonhosted.org/packages/own/${smallWheel.filename}", hash = "${requirements(smallWheel)
      .trimEnd()
      .replace(/.*--hash=/, '')}" },
]
`,
};

function member(name: string, folder: string, dependency: string, requirement: string): string {
  return `
[[package]]
name = "${name}"
version = "1.0"
source = { editable = "${folder}" }
dependencies = [{ name = "${dependency}" }]

[package.metadata]
requires-dist = [${requirement}]
`;
}

async function layerWith(rig: Rig, file: string): Promise<LayoutLayer> {
  for (const layer of readLayout(rig.path('.pycontainer/images/web')).layers) {
    if ([...(await layerHeaders(layer)).keys()].some((name) => name.endsWith(`/${file}`))) return layer;
  }
  throw new Error(`no layer has ${file}`);
}
