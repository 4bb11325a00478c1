import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as forward } from 'node:http';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { createHttp, type Http, type HttpSettings } from '../../src/http.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { storedCredentials } from '../../src/registry/credentials.ts';
import { trustOf, type RegistryRules } from '../../src/registry/rules.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { blobOf, type TestBlob, type TestImage } from '../support/image.ts';
import { partsMissing } from '../support/real-parts.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve } from '../support/server.ts';
import { selfSigned } from '../support/certificate.ts';
import { tokenServer } from '../support/token-server.ts';

const run = promisify(execFile);
const skip = partsMissing('docker-registry', 'skopeo', 'htpasswd', 'openssl');

const opened: Http[] = [];
let folder = '';
before(async () => {
  folder = await mkdtemp(`${tmpdir()}/registry-real-`);
});
after(async () => {
  await Promise.all(opened.map(async (http) => http.close()));
  await rm(folder, { recursive: true });
});

interface Given {
  readonly env?: Record<string, string>;
  readonly settings?: RegistryRules;
  readonly http?: HttpSettings;
}

function client({ env = {}, settings = new Map(), http = {} }: Given = {}): RegistryClient {
  const sleep = async (): Promise<void> => undefined;
  const made = createHttp({ env: {}, hosts: trustOf(settings), sleep, ...http });
  opened.push(made);
  const credentials = storedCredentials({ env, home: folder, emit: () => undefined });
  return new RegistryClient({ http: made, settings, credentials, sleep });
}

/** A tar with nothing in it: skopeo looks into layers when it converts. */
const emptyTar = Buffer.alloc(1024);
const image = skopeoImage();

/** An image that skopeo takes: its layer is a real gzip of a real tar. */
function skopeoImage(): TestImage {
  const layer = blobOf(gzipSync(emptyTar), mediaTypes.layerGzip);
  const large = blobOf(gzipSync(Buffer.concat([emptyTar, randomBytes(4 * 1024 * 1024)])), mediaTypes.layerGzip);
  const rootfs = { type: 'layers', diff_ids: [digestOf(emptyTar), large.descriptor.digest] };
  const config = blobOf(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs })), mediaTypes.config);
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers: [layer.descriptor, large.descriptor],
  };
  return {
    config,
    layers: [layer, large],
    manifest: blobOf(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest),
  };
}

/** Bytes that do not compress, the same each time. */
function randomBytes(sizeBytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

async function push(to: RegistryClient, host: string, name: string, what: TestImage = image): Promise<string[]> {
  const repository = { host, repository: name };
  const ways: string[] = [];
  for (const { descriptor, bytes } of [what.config, ...what.layers]) {
    ways.push(await to.pushBlob(repository, descriptor, () => Readable.from(slices(bytes))));
  }
  const { descriptor, bytes } = what.manifest;
  await to.pushManifest(repository, descriptor.digest, descriptor.mediaType, bytes);
  await to.pushManifest(repository, '1.0', descriptor.mediaType, bytes);
  return ways;
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function pullAll(
  from: RegistryClient,
  host: string,
  name: string,
  blobs: readonly TestBlob[] = image.layers,
): Promise<void> {
  const reference = parseReference(`${host}/${name}:1.0`);
  assert.deepEqual((await from.resolve(reference)).bytes, image.manifest.bytes);
  for (const { descriptor, bytes } of blobs) {
    const stream = await from.blob(reference, descriptor);
    assert.equal(Buffer.concat(await stream.toArray()).equals(bytes), true);
  }
}

async function skopeo(...args: string[]): Promise<string> {
  const { stdout } = await run('skopeo', ['--insecure-policy', ...args], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

describe('an open registry', { skip }, () => {
  let registry: DockerRegistry;
  before(async () => {
    registry = await startDockerRegistry();
  });
  after(async () => registry[Symbol.asyncDispose]());

  it('takes what we push, twice, and skopeo reads it', async () => {
    assert.deepEqual(await push(client(), registry.host, 'acme/api'), ['sent', 'sent', 'sent']);
    assert.deepEqual(await push(client(), registry.host, 'acme/api'), ['present', 'present', 'present']);
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${registry.host}/acme/api:1.0`);
    assert.equal(raw, image.manifest.bytes.toString());
    const layout = join(folder, 'layout');
    await skopeo('copy', '--src-tls-verify=false', `docker://${registry.host}/acme/api:1.0`, `oci:${layout}:x`);
    await pullAll(client(), registry.host, 'acme/api');
  });

  it('gives us what skopeo pushed, as OCI and as Docker has it', async () => {
    await push(client(), registry.host, 'source');
    const source = `docker://${registry.host}/source:1.0`;
    for (const format of ['oci', 'v2s2']) {
      const options = ['--format', format, '--src-tls-verify=false', '--dest-tls-verify=false'];
      await skopeo('copy', ...options, source, `docker://${registry.host}/by-skopeo:${format}`);
      const resolved = await client().resolve(parseReference(`${registry.host}/by-skopeo:${format}`));
      assert.equal(resolved.descriptor.mediaType, format === 'oci' ? mediaTypes.manifest : mediaTypes.dockerManifest);
      const { layers } = JSON.parse(resolved.bytes.toString()) as { layers: TestBlob['descriptor'][] };
      for (const layer of layers) {
        const stream = await client().blob({ host: registry.host, repository: 'by-skopeo' }, layer);
        assert.equal(digestOf(Buffer.concat(await stream.toArray())), layer.digest);
      }
    }
  });

  it('takes an index after its manifests, and refuses it before', async () => {
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [{ ...image.manifest.descriptor, platform: { os: 'linux', architecture: 'amd64' } }],
      }),
    );
    const early = client().pushManifest(
      { host: registry.host, repository: 'indexed' },
      'multi',
      mediaTypes.index,
      index,
    );
    await rejectsWith(early, 'registry-answer', /write indexed:multi/);
    await push(client(), registry.host, 'indexed');
    await client().pushManifest({ host: registry.host, repository: 'indexed' }, 'multi', mediaTypes.index, index);
    const { descriptor } = await client().resolve(parseReference(`${registry.host}/indexed:multi`));
    assert.equal(descriptor.mediaType, mediaTypes.index);
  });

  it('mounts from another repository', async () => {
    await push(client(), registry.host, 'base');
    const { descriptor } = image.layers[1]!;
    const here = { host: registry.host, repository: 'mounted' };
    const way = await client().pushBlob(here, descriptor, () => assert.fail('nothing should be sent'), {
      mountFrom: ['base'],
    });
    assert.equal(way, 'mounted');
    assert.equal(await client().hasBlob(here, descriptor.digest), true);
  });

  it('names the tags that are near one it has not', async () => {
    await push(client(), registry.host, 'near');
    const error = await rejectsWith(
      client().resolve(parseReference(`${registry.host}/near:1.1`)),
      'registry-not-found',
    );
    assert.match(error.hint ?? '', /1\.0/);
    await rejectsWith(client().resolve(parseReference(`${registry.host}/nothing:1.0`)), 'registry-not-found');
  });

  it('refuses bytes that are not what their digest says', async () => {
    const { descriptor, bytes } = image.layers[1]!;
    const other = Buffer.from(bytes).fill(0, 100, 200);
    const here = { host: registry.host, repository: 'other' };
    await rejectsWith(
      client().pushBlob(here, descriptor, () => Readable.from(slices(other))),
      'digest-mismatch',
    );
    assert.equal(await client().hasBlob(here, descriptor.digest), false);
  });

  it('takes what is sent in chunks', async () => {
    const sizes: number[] = [];
    await using proxy = await serve((request, response) => {
      const length = Number(request.headers['content-length'] ?? 0);
      if (request.method === 'PATCH') sizes.push(length);
      if (length > 2_000_000) return void request.resume().on('end', () => response.writeHead(413).end());
      const [hostname, port] = registry.host.split(':');
      const { method, url, headers } = request;
      const onward = forward({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      return void request.pipe(onward);
    });
    await push(client(), proxy.host, 'chunked');
    assert(sizes.length > 2);
    await pullAll(client(), registry.host, 'chunked');
  });

  it('has the whole image in the end, though every connection breaks once', async () => {
    const broken = new Set<string>();
    await using proxy = await faultProxy(registry.host, ({ method, path }) => {
      const key = `${method} ${path.split('?')[0]?.replace(/uploads\/.+/, 'uploads/…')}`;
      if (broken.has(key)) return undefined;
      broken.add(key);
      return method === 'PATCH' ? { kind: 'reset-upload', afterBytes: 1_000_000 } : { kind: 'reset', afterBytes: 0 };
    });
    await push(client(), proxy.host, 'broken');
    await pullAll(client(), proxy.host, 'broken');
    assert(proxy.requests.some((request) => request.startsWith('PATCH')));
    await pullAll(client(), registry.host, 'broken');
  });
});

describe('a registry with names and passwords (htpasswd)', { skip }, () => {
  let registry: DockerRegistry;
  before(async () => {
    const path = join(folder, 'htpasswd');
    await writeFile(path, execFileSync('htpasswd', ['-Bbn', 'maya', 'pass:word']));
    registry = await startDockerRegistry({ auth: { htpasswd: { realm: 'test', path } } });
  });
  after(async () => registry[Symbol.asyncDispose]());

  it('lets in who has a login in the file that skopeo wrote', async () => {
    const file = join(folder, 'skopeo-auth.json');
    await skopeo('login', '--authfile', file, '--tls-verify=false', '-u', 'maya', '-p', 'pass:word', registry.host);
    const env = { REGISTRY_AUTH_FILE: file };
    await push(client({ env }), registry.host, 'private');
    await pullAll(client({ env }), registry.host, 'private');
  });

  it('says what to do without a login, and with a wrong one', async () => {
    const reference = parseReference(`${registry.host}/private:1.0`);
    const error = await rejectsWith(client().resolve(reference), 'registry-unauthorized', /wants a login to read/);
    assert.match(error.hint ?? '', /docker login/);
    const prefix = `PYCONTAINER_AUTH_${registry.host.replaceAll(/[.:]/g, '_')}`;
    const env = { [`${prefix}_USERNAME`]: 'maya', [`${prefix}_PASSWORD`]: 'wrong' };
    await rejectsWith(client({ env }).resolve(reference), 'registry-unauthorized', /does not accept the login/);
    const right = { [`${prefix}_USERNAME`]: 'maya', [`${prefix}_PASSWORD`]: 'pass:word' };
    await rejectsWith(
      client({ env: right }).resolve(parseReference(`${registry.host}/nothing:1`)),
      'registry-not-found',
    );
  });
});

describe('a registry with tokens', { skip }, () => {
  it('takes tokens for reading, writing and mounting, and refuses who may not', async () => {
    const certificate = await selfSigned();
    await using tokens = await tokenServer({
      users: { maya: 'secret', guest: 'secret' },
      allows: (user, _, action) => user === 'maya' || action === 'pull',
      signer: certificate,
    });
    const token = {
      realm: tokens.url,
      service: tokens.service,
      issuer: tokens.issuer,
      rootcertbundle: join(certificate.folder, 'cert.pem'),
    };
    await using registry = await startDockerRegistry({ auth: { token } });
    const loginOf = (user: string): Given => ({
      env: {
        DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: { username: user, password: 'secret' } } }),
      },
    });
    await push(client(loginOf('maya')), registry.host, 'a');
    const { descriptor } = image.layers[1]!;
    const way = await client(loginOf('maya')).pushBlob(
      { host: registry.host, repository: 'b' },
      descriptor,
      () => assert.fail(),
      {
        mountFrom: ['a'],
      },
    );
    assert.equal(way, 'mounted');
    await pullAll(client(), registry.host, 'a');
    await rejectsWith(
      push(client(loginOf('guest')), registry.host, 'c'),
      'registry-denied',
      /does not allow to write to c/,
    );
    await rejectsWith(push(client(), registry.host, 'c'), 'registry-unauthorized', /wants a login to write to c/);
    await rm(certificate.folder, { recursive: true });
  });
});

describe('a registry behind TLS with an authority of its own', { skip }, () => {
  it('is trusted by its file or where settings say insecure, and else not', async () => {
    const { folder: place } = await selfSigned();
    const tls = { certificate: join(place, 'cert.pem'), key: join(place, 'key.pem') };
    await using registry = await startDockerRegistry({ tls });
    const reference = parseReference(`${registry.host}/a:1.0`);
    await rejectsWith(client().resolve(reference), 'tls', /cannot be trusted/);
    const ways: Given[] = [
      { settings: new Map([[registry.host, { ca: tls.certificate }]]) },
      { settings: new Map([[registry.host, { insecure: true }]]) },
      { http: { env: { SSL_CERT_FILE: tls.certificate } } },
    ];
    for (const way of ways) {
      await push(client(way), registry.host, 'a');
      await pullAll(client(way), registry.host, 'a');
    }
    await rm(place, { recursive: true });
  });
});
