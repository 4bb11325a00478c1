/**
 * Times pushes to a real registry beside skopeo's. Medians of RUNS runs.
 *
 *   node test/bench/registry.ts [--runs N]
 */
import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { Readable } from 'node:stream';
import { createHttp } from '../../src/http.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { noCredentials } from '../../src/registry/credential.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { temporaryFolder } from '../support/daemon.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { blobOf, type TestBlob } from '../support/image.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' } },
});
const runs = Number(values.runs);
const piece = Buffer.alloc(64 * 1024, 7);

const http = createHttp();
const client = new RegistryClient({ http, settings: new Map(), credentials: noCredentials });
await using registry = await startDockerRegistry();

await timePushes();
await http.close();

/** Other blobs in each run: skopeo remembers where it has pushed one, and would mount it. */
async function timePushes(): Promise<void> {
  const ours: number[] = [];
  const skopeos: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const folder = temporaryFolder('bench');
    const seeds = [0, 1, 2, 3].map((index) => (Date.now() % 1e9) + run * 4 + index);
    const blobs = seeds.map((seed) => blobOf(incompressible(seed, 23 * 1024 * 1024), mediaTypes.layer));
    const to = `docker://${registry.host}/skopeo-${run}:x`;
    const args = ['--insecure-policy', 'copy', '--dest-tls-verify=false', writeLayout(folder, blobs), to];
    skopeos.push(await milliseconds(() => execFileSync('skopeo', args, { stdio: 'ignore' })));
    ours.push(await milliseconds(async () => pushAll(blobs, `ours-${run}`)));
    fs.rmSync(folder, { recursive: true });
  }
  console.log(`push of 4 × 23 MiB, 4 at once: ${median(ours)} ms; skopeo: ${median(skopeos)} ms`);
}

async function pushAll(blobs: readonly TestBlob[], repository: string): Promise<void> {
  await Promise.all(
    blobs.map(async ({ descriptor, bytes }) =>
      client.pushBlob({ host: registry.host, repository }, descriptor, () => Readable.from(slices(bytes))),
    ),
  );
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece.length) yield bytes.subarray(at, at + piece.length);
}

function incompressible(seed: number, length: number): Buffer {
  const key = createHash('md5').update(String(seed)).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** An OCI layout for skopeo with these blobs as layers. */
function writeLayout(folder: string, layers: readonly TestBlob[]): string {
  const diffIds = layers.map(({ descriptor }) => descriptor.digest);
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } };
  const configBlob = blobOf(Buffer.from(JSON.stringify(config)), mediaTypes.config);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configBlob.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const manifestBlob = blobOf(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest);
  fs.mkdirSync(`${folder}/blobs/sha256`, { recursive: true });
  for (const { descriptor, bytes } of [...layers, configBlob, manifestBlob]) {
    fs.writeFileSync(`${folder}/blobs/${descriptor.digest.replace(':', '/')}`, bytes);
  }
  fs.writeFileSync(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  fs.writeFileSync(`${folder}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [manifestBlob.descriptor] }));
  return `oci:${folder}`;
}

async function milliseconds(task: () => unknown): Promise<number> {
  const start = performance.now();
  await task();
  return Math.round(performance.now() - start);
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}
