import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { smallProject } from '../cli/project.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { startServed } from '../support/engine-api.ts';
import { partsMissing } from '../support/real-parts.ts';

const manifest = `targets:
  web:
    base: oci:../base
    platforms: [linux/amd64]
    tags: ["\${REGISTRY}/acme/web:dev"]
`;

test(
  'an image in a registry is inspected, compared and verified',
  { skip: partsMissing('docker-registry') },
  async () => {
    await using registry = await startDockerRegistry();
    await using rig = await smallProject({ 'pycontainer.yaml': manifest });
    rig.env['REGISTRY'] = registry.host;
    await rig.ok(['build', '--push']);
    const image = `${registry.host}/acme/web:dev`;
    const digest = (await rig.ok(['build'])).stdout.trim().split(' ')[1] ?? '';
    fs.rmSync(path.join(rig.root, 'store'), { recursive: true });
    fs.rmSync(rig.path('.pycontainer'), { recursive: true });
    const downloads = ({ stderr }: { stderr: string }): number => stderr.split('"type":"download"').length - 1;
    const first = await rig.ok(['inspect', image, '--progress', 'rawjson']);
    assert.match(first.stdout, new RegExp(`^${image} {2}linux/amd64\\n {2}digest {4}${digest}\\n`));
    assert.match(first.stdout, / bulky 1\.0\n/);
    assert(downloads(first) > 0);
    const again = await rig.ok(['inspect', image, '--progress', 'rawjson']);
    assert.equal(again.stdout, first.stdout);
    assert.equal(downloads(again), 0);
    const verified = await rig.ok(['verify', image]);
    assert.equal(verified.stdout, `${image} is exactly what web comes to: ${digest}\n`);
    rig.write({ 'main.py': 'print("bye!")\n' });
    const differing = await rig.run(['verify', image]);
    assert.equal(differing.status, 1);
    assert.match(differing.stdout, /: layer 6 of 6 \(app\): \/app\/main\.py has another content\n$/);
    await rig.ok(['build', '--push', '--tag', `${registry.host}/acme/web:next`]);
    const diff = await rig.run(['diff', image, `${registry.host}/acme/web:next`]);
    assert.equal(diff.status, 1);
    assert.match(diff.stdout, /\n1 file\n {2}~ \/app\/main\.py {2}content {2}15 B → 14 B\n$/);
    const missing = await rig.run(['inspect', `${registry.host}/acme/none:dev`]);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /error\[registry-not-found\]/);
  },
);

for (const [name, kind] of [
  ['Docker', 'docker'],
  ['Podman', 'podman'],
] as const) {
  const parts = partsMissing('root', 'runc', kind === 'docker' ? 'dockerd' : 'podman');
  test(`an image in ${name} is verified by what it keeps of it`, { skip: parts }, async () => {
    await using engine = await startServed(kind);
    await using rig = await smallProject({ 'pycontainer.yaml': `${manifest}    outputs: [{type: engine}]\n` });
    Object.assign(rig.env, {
      REGISTRY: 'registry.example',
      PYCONTAINER_ENGINE: '',
      DOCKER_HOST: `unix://${engine.socket}`,
    });
    await rig.ok(['build']);
    assert.match((await rig.ok(['verify', 'web'])).stdout, /^web is exactly what web comes to: sha256:/);
    const image = 'engine:registry.example/acme/web:dev';
    const other = await rig.run(['verify', image, '--set', 'web.labels.a=b']);
    assert.match(other.stdout, /its config has no Labels\.a, which is to be b\n$/);
    assert.equal((await rig.run(['diff', image])).status, 2);
    assert.equal((await rig.run(['diff', 'web'])).status, 0);
  });
}
