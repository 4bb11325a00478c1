import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createHttp } from '../../src/http.ts';
import { archiveOutput } from '../../src/output/archive.ts';
import { layoutOutput } from '../../src/output/layout.ts';
import { registryOutput } from '../../src/output/registry.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { imageWith, type Place, temporaryPlace } from '../output/images.ts';
import { named } from '../output/outputs.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { partsMissing } from '../support/real-parts.ts';

const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));

function skopeo(...args: string[]): string {
  return execFileSync('skopeo', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Has skopeo read and verify every byte of an image. */
function readThrough(place: Place, source: string, ...flags: string[]): void {
  const copy = path.join(place.folder, 'copy');
  fs.rmSync(copy, { recursive: true, force: true });
  skopeo('copy', '--all', ...flags, source, `oci:${copy}:x`);
}

test('a layout is what skopeo and umoci read', { skip: partsMissing('skopeo', 'umoci', 'root') }, async () => {
  await using place = await temporaryPlace();
  const layout = path.join(place.folder, 'layout');
  const names = named('registry.example/acme/api', ['dev']);
  await layoutOutput(layout, named('registry.example/acme/api', ['all']), place.sources).deliver(
    await imageWith(place, 'all', platforms),
  );
  for (const text of ['one', 'two']) {
    const image = await imageWith(place, text);
    await layoutOutput(layout, names, place.sources).deliver(image);
    const raw = Buffer.from(skopeo('inspect', '--raw', `oci:${layout}:dev`));
    assert.deepEqual(raw, image.root.bytes);
    readThrough(place, `oci:${layout}:dev`);
    readThrough(place, `oci:${layout}:all`);
    const bundle = path.join(place.folder, `bundle-${text}`);
    execFileSync('umoci', ['unpack', '--image', `${layout}:dev`, bundle], { stdio: 'pipe' });
    assert.equal(fs.readFileSync(path.join(bundle, 'rootfs/app.txt'), 'utf8'), text);
    assert.equal(fs.readFileSync(path.join(bundle, 'rootfs/etc/base'), 'utf8').length, 5000);
  }
});

test(
  'a layout that skopeo and umoci wrote into is still up to date, and keeps their images',
  { skip: partsMissing('skopeo', 'umoci') },
  async () => {
    await using place = await temporaryPlace();
    const layout = path.join(place.folder, 'layout');
    const output = layoutOutput(layout, named('registry.example/acme/api', ['dev']), place.sources);
    const image = await imageWith(place, 'one');
    await output.deliver(image);
    skopeo('copy', `oci:${layout}:dev`, `oci:${layout}:by-skopeo`);
    execFileSync('umoci', ['config', '--image', `${layout}:dev`, '--tag', 'by-umoci', '--config.workingdir', '/x']);
    assert.equal(await output.lacks(image), undefined);
    await output.deliver(await imageWith(place, 'two'));
    for (const tag of ['by-skopeo', 'by-umoci', 'dev']) readThrough(place, `oci:${layout}:${tag}`);
  },
);

for (const kind of ['oci-archive', 'docker-archive'] as const) {
  test(`what is written as ${kind} is what skopeo reads`, { skip: partsMissing('skopeo') }, async () => {
    await using place = await temporaryPlace();
    const file = path.join(place.folder, 'image.tar');
    const image = await imageWith(place, 'one');
    await archiveOutput(kind, file, named('registry.example/acme/api', ['dev']), place.sources).deliver(image);
    const source = kind === 'oci-archive' ? `${file}:dev` : `${file}:registry.example/acme/api:dev`;
    readThrough(place, `${kind}:${source}`);
    const config = skopeo('inspect', '--config', '--raw', `${kind}:${source}`);
    assert.equal(config, image.images[0]?.config.bytes.toString());
  });
}

test(
  'a real registry takes images and what changed of them, and holds them whole',
  { skip: partsMissing('docker-registry', 'skopeo') },
  async () => {
    await using place = await temporaryPlace();
    await using registry = await startDockerRegistry();
    const http = createHttp({ env: {} });
    try {
      const client = new RegistryClient({
        http,
        settings: new Map(),
        credentials: { find: async () => Promise.resolve(undefined) },
      });
      const output = registryOutput(named(`${registry.host}/acme/api`, ['dev', 'v1']), client, place.sources);
      for (const [text, sentLayers] of [
        ['one', 2],
        ['two', 1],
      ] as const) {
        const image = await imageWith(place, text, platforms);
        assert.equal(await output.lacks(image), 'the tag dev, v1');
        const { sentBlobs } = await output.deliver(image);
        assert.equal(sentBlobs, sentLayers + 2 + 2 + 1, 'layers, configs, manifests, index');
        assert.equal(await output.lacks(image), undefined);
        assert.deepEqual(await output.deliver(image), { sentBytes: 0, sentBlobs: 0, skippedBlobs: 7 });
        for (const tag of ['dev', 'v1'])
          readThrough(place, `docker://${registry.host}/acme/api:${tag}`, '--src-tls-verify=false');
      }
    } finally {
      await http.close();
    }
  },
);
