import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { ImageManifest } from '../../src/oci/manifest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { addBlob, emptyBlobs, json, tarOf } from '../base/image.ts';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';
import { serve } from '../support/server.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { digestOf } from '../../src/oci/digest.ts';

const run = promisify(execFile);
const skip = partsMissing('docker-registry', 'skopeo');

async function put(url: string, type: string, body: Buffer): Promise<Response> {
  return fetch(url, { method: 'PUT', headers: { 'content-type': type }, body: new Uint8Array(body) });
}

async function putBlob({ url }: DockerRegistry, digest: string, bytes: Buffer): Promise<void> {
  const opened = await fetch(`${url}/v2/base/blobs/uploads/`, { method: 'POST' });
  const place = `${opened.headers.get('location')}&digest=${digest}`;
  assert.equal((await put(place, 'application/octet-stream', bytes)).status, 201);
}

/** Puts a base there, as Docker has it, whose one layer stands at `layerUrl` alone; gives the layer. */
async function putBase(registry: DockerRegistry, layerUrl: string): Promise<Buffer> {
  const tar = await tarOf({ 'etc/a': 'a' });
  const layer = gzipSync(tar);
  const blobs = emptyBlobs();
  const outside = { ...addBlob(blobs, mediaTypes.dockerForeignLayer, layer), urls: [layerUrl] };
  const config = json({ ...hostPlatform(), config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } });
  const described = addBlob(blobs, mediaTypes.dockerConfig, config);
  await putBlob(registry, described.digest, config);
  const type = mediaTypes.dockerManifest;
  const manifest = json({ schemaVersion: 2, mediaType: type, config: described, layers: [outside] });
  assert.equal((await put(`${registry.url}/v2/base/manifests/1`, type, manifest)).status, 201);
  return layer;
}

const projectOf = (base: string, to: string): Record<string, string> => ({
  'main.py': 'print(1)\n',
  'pycontainer.yaml': `targets:\n  app: {base: "${base}", tags: ["${to}/app:1"], cmd: [/etc/a]}\n`,
});

test('a foreign layer of a base stays where it stands, and skopeo finds it there', { skip }, async () => {
  const sections = { validation: { manifests: { urls: { allow: ['^http://127[.]0[.]0[.]1:'] } } } };
  await using registry = await startDockerRegistry({ sections });
  await using strict = await startDockerRegistry();
  let layer: Buffer = Buffer.alloc(0);
  await using outside = await serve((_, response) => void response.end(layer));
  layer = await putBase(registry, `${outside.url}/layer`);
  await using rig = new Rig(projectOf(`${registry.host}/base:1`, registry.host));
  await rig.ok(['up', '--push']);
  const answer = await fetch(`${registry.url}/v2/app/manifests/1`, { headers: { accept: mediaTypes.manifest } });
  const { layers } = (await answer.json()) as ImageManifest;
  assert.deepEqual(layers[0], {
    mediaType: mediaTypes.foreignLayerGzip,
    digest: digestOf(layer),
    size: layer.length,
    urls: [`${outside.url}/layer`],
  });
  const head = await fetch(`${registry.url}/v2/app/blobs/${digestOf(layer)}`, { method: 'HEAD' });
  assert.equal(head.status, 404);
  const args = ['--insecure-policy', 'copy', '--src-tls-verify=false', `docker://${registry.host}/app:1`];
  await run('skopeo', [...args, `dir:${rig.path('copied')}`]);

  rig.write(projectOf(`${registry.host}/base:1`, strict.host));
  const refused = await rig.run(['up', '--push']);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /may not be handed on, at 127\.0\.0\.1:\d+\. Have the registry allow/);
});
