import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Event } from '../../src/events.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { addImage, emptyBlobs, tagged, writeLayout } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { selfSigned } from '../support/certificate.ts';
import { temporaryFolder } from '../support/daemon.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { fileRoute, type IndexServer, jsonPage, serveIndex, sha256 } from '../support/index-server.ts';
import { readLayout } from '../support/layout.ts';
import { partsMissing } from '../support/real-parts.ts';
import { type Ended, Rig } from '../support/rig.ts';
import { tokenServer } from '../support/token-server.ts';
import { makeWheel } from '../support/wheel.ts';

const run = promisify(execFile);
const skip = partsMissing('docker-registry', 'skopeo', 'htpasswd', 'openssl');

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const wheels = [
  makeWheel({ name: 'heavy', files: { 'heavy.bin': randomBytes(1_200_000) } }),
  makeWheel({ name: 'small', files: { 'small.py': 'x = 1\n' } }),
];

/** An index that has the wheels, with sizes and hashes, as public ones do. */
async function wheelIndex(): Promise<IndexServer> {
  const index = await serveIndex();
  for (const { filename, bytes } of wheels) {
    const [name = ''] = filename.split('-');
    const file = { filename, url: `/files/${filename}`, hashes: { sha256: sha256(bytes) }, size: bytes.length };
    index.routes[`/simple/${name}/`] = jsonPage([file]);
    index.routes[`/files/${filename}`] = fileRoute(bytes);
  }
  return index;
}

const wheelRequests = ({ requests }: IndexServer): number => requests.filter((line) => line.includes('/files/')).length;

/** A builder with a folder, a store and a home of its own, all told by variables as CI does. */
async function builder(index: IndexServer, registry: string, env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const manifest = `
targets:
  api:
    base: oci:../base
    platforms: [linux/amd64]
    cmd: [python, main.py]
    tags: ["${registry}/acme/api:dev"]
    outputs: [{type: "\${OUTPUT:-oci}"}]
    cache-from: ["${registry}/acme/cache"]
    cache-to: ["\${CACHE_TO:-}"]
`;
  const pins = wheels.map(({ filename, bytes }) => `${filename.split('-')[0]}==1.0 --hash=sha256:${sha256(bytes)}\n`);
  const rig = new Rig({
    'pycontainer.yaml': manifest,
    'main.py': 'print(1)\n',
    'requirements.txt': `--index-url ${index.url}/simple/\n${pins.join('')}`,
  });
  Object.assign(rig.env, env);
  const blobs = emptyBlobs();
  writeLayout(path.join(rig.root, 'base'), blobs, [tagged(await addImage(blobs, official), 'latest')]);
  return rig;
}

const up = (rig: Rig, env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  rig.ok(['build', '--progress', 'rawjson'], { env });

function of<Type extends Event['type']>({ events }: Ended, type: Type): Extract<Event, { type: Type }>[] {
  return events.filter((event): event is Extract<Event, { type: Type }> => event.type === type);
}

const warned = (ended: Ended): readonly string[] => of(ended, 'warning').map(({ code }) => code);
const login = (host: string, user: string): Record<string, string> => ({
  DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { username: user, password: 'secret' } } }),
});

describe('two builders and one registry', { skip }, () => {
  it('the second makes nothing, fetches no wheel, and has the same image', async () => {
    await using registry = await startDockerRegistry();
    await using index = await wheelIndex();
    const to = { CACHE_TO: `${registry.host}/acme/cache` };
    await using first = await builder(index, registry.host);
    const made = await up(first, to);
    assert.deepEqual(
      [of(made, 'done')[0]?.built, of(made, 'layers-kept')[0]?.sentLayers, wheelRequests(index)],
      [4, 4, 2],
    );

    await using second = await builder(index, registry.host);
    const planned = JSON.parse((await second.ok(['plan', '--format', 'json'])).stdout) as {
      layers: { state: string; cache?: string }[];
    };
    assert.deepEqual(
      planned.layers.map(({ state, cache }) => [state, cache]),
      Array.from({ length: 4 }, () => ['fresh', `${registry.host}/acme/cache`]),
    );
    const taken = await up(second, to);
    assert.deepEqual([of(taken, 'done')[0]?.built, of(taken, 'layer-found').length, wheelRequests(index)], [0, 4, 2]);
    assert.deepEqual(
      of(taken, 'layers-kept').map(({ sentLayers, presentLayers }) => [sentLayers, presentLayers]),
      [[0, 4]],
    );
    assert.equal(taken.stdout, made.stdout);
    const [one, other] = [first, second].map((rig) => readLayout(rig.path('.pycontainer/images/api')));
    assert.deepEqual(
      other?.layers.map(({ digest }) => digest),
      one?.layers.map(({ digest }) => digest),
    );

    second.write({ 'main.py': 'print(2)\n' });
    assert.equal(of(await up(second), 'done')[0]?.built, 1);
    assert.equal(wheelRequests(index), 2);
  });

  it('what another tool sees there is an artifact of our type', async () => {
    await using registry = await startDockerRegistry();
    await using index = await wheelIndex();
    await using rig = await builder(index, registry.host);
    const made = await up(rig, { CACHE_TO: `${registry.host}/acme/cache` });
    for (const { key, digest } of of(made, 'node-finished')) {
      if (key === undefined) continue;
      const name = `docker://${registry.host}/acme/cache:layer-${key.slice('sha256:'.length)}`;
      const { stdout } = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', name]);
      const manifest = JSON.parse(stdout) as { mediaType: string; artifactType: string; layers: { digest: string }[] };
      assert.deepEqual(
        [manifest.mediaType, manifest.artifactType, manifest.layers.map((layer) => layer.digest)],
        [mediaTypes.manifest, 'application/vnd.pycontainer.layer.v1', [digest]],
      );
    }
  });

  it('a builder that only pushes to that registry mounts the layers there: none comes here, none is sent', async () => {
    await using registry = await startDockerRegistry();
    await using index = await wheelIndex();
    await using first = await builder(index, registry.host);
    const made = await up(first, { CACHE_TO: `${registry.host}/acme/cache` });
    await using second = await builder(index, registry.host);
    const asked = registry.log().length;
    const pushed = await up(second, { OUTPUT: 'registry' });
    assert.equal(pushed.stdout, made.stdout);
    assert.deepEqual([of(pushed, 'done')[0]?.built, of(pushed, 'download').length, wheelRequests(index)], [0, 0, 2]);
    const requests =
      registry
        .log()
        .slice(asked)
        .match(/"(?:GET|PATCH|PUT|POST) \/v2\/[^"]*/g) ?? [];
    for (const { digest } of of(pushed, 'layer-found')) {
      const about = requests.filter((line) => line.includes(digest) || line.includes(encodeURIComponent(digest)));
      assert(about.length > 0 && about.every((line) => /^"POST .*mount=/.test(line)), about.join('\n'));
    }
    const folder = path.join(second.root, 'pulled');
    await run('skopeo', [
      'copy',
      '--src-tls-verify=false',
      `docker://${registry.host}/acme/api:dev`,
      `oci:${folder}:dev`,
    ]);
    assert.deepEqual(readLayout(folder).layers.length, readLayout(first.path('.pycontainer/images/api')).layers.length);
  });
});

describe('who may read and not write, as builds of pull requests', { skip }, () => {
  it('takes layers, and is told once that it keeps none', async () => {
    const certificate = await selfSigned();
    folders.push(certificate.folder);
    await using tokens = await tokenServer({
      users: { main: 'secret', pull: 'secret' },
      allows: (user, _, action) => user === 'main' || (user === 'pull' && action === 'pull'),
      signer: certificate,
    });
    const { url: realm, service, issuer } = tokens;
    const token = { realm, service, issuer, rootcertbundle: path.join(certificate.folder, 'cert.pem') };
    await using registry = await startDockerRegistry({ auth: { token } });
    await using index = await wheelIndex();
    const to = { CACHE_TO: `${registry.host}/acme/cache` };
    await using main = await builder(index, registry.host, login(registry.host, 'main'));
    assert.deepEqual(warned(await up(main, to)), []);
    await using pull = await builder(index, registry.host, login(registry.host, 'pull'));
    pull.write({ 'main.py': 'print("changed")\n' });
    const first = await up(pull, to);
    assert.deepEqual([warned(first), of(first, 'done')[0]?.built, wheelRequests(index)], [['cache-unwritable'], 1, 2]);
    assert.deepEqual(warned(await up(pull)), [], 'without cache-to nothing is to be told');
    await using stranger = await builder(index, registry.host);
    const alone = await up(stranger, to);
    assert.deepEqual([warned(alone), of(alone, 'done')[0]?.built], [['cache-unreadable', 'cache-unwritable'], 4]);
    await using after = await builder(index, registry.host, login(registry.host, 'main'));
    after.write({ 'main.py': 'print("changed")\n' });
    assert.equal(of(await up(after), 'done')[0]?.built, 1, 'nothing of the pull request came into the cache');
  });

  it('needs a login where reading wants one', async () => {
    const folder = temporaryFolder('htpasswd');
    folders.push(folder);
    const file = path.join(folder, 'htpasswd');
    writeFileSync(file, execFileSync('htpasswd', ['-Bbn', 'maya', 'secret']));
    await using registry = await startDockerRegistry({ auth: { htpasswd: { realm: 'test', path: file } } });
    await using index = await wheelIndex();
    await using main = await builder(index, registry.host, login(registry.host, 'maya'));
    await up(main, { CACHE_TO: `${registry.host}/acme/cache` });
    await using other = await builder(index, registry.host);
    const refused = await up(other);
    assert.deepEqual([warned(refused), of(refused, 'done')[0]?.built], [['cache-unreadable'], 4]);
    const [warning] = of(refused, 'warning');
    assert.match(warning?.hint ?? '', /pycontainer login/);
    const env = { ...login(registry.host, 'maya'), PYCONTAINER_STORE: path.join(other.root, 'another store') };
    assert.deepEqual(of(await up(other, env), 'done')[0]?.built, 0);
  });
});
