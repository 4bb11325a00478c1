import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { createHttp } from '../../src/http.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { isInsecure, readingPlaces, trustOf, type RegistryRules } from '../../src/registry/rules.ts';
import { noCredentials } from '../../src/registry/credential.ts';
import { withPodmanRules } from '../../src/registry/podman.ts';
import { imageOf } from '../support/image.ts';
import { memoryRegistry, type MemoryRegistry } from '../support/memory-registry.ts';
import { rejectsWith } from '../support/rejects.ts';
import { serve } from '../support/server.ts';

const places = (rules: RegistryRules, name: string, by: 'digest' | 'tag' = 'tag'): string[] =>
  readingPlaces(rules, parseReference(name), by).map(({ host, repository }) => `${host}/${repository}`);

describe('readingPlaces', () => {
  it('is the registry itself where nothing is said', () => {
    assert.deepEqual(places(new Map(), 'python'), ['docker.io/library/python']);
    assert.deepEqual(places(new Map([['docker.io', {}]]), 'python'), ['docker.io/library/python']);
  });

  it('is mirrors in order, then the registry', () => {
    const rules = new Map([['docker.io', { mirrors: ['mirror.example:5000/hub', 'https://second.example/'] }]]);
    assert.deepEqual(places(rules, 'python'), [
      'mirror.example:5000/hub/library/python',
      'second.example/library/python',
      'docker.io/library/python',
    ]);
    assert.deepEqual(places(rules, 'ghcr.io/a/b'), ['ghcr.io/a/b']);
  });

  it('follows the longest name, at a border', () => {
    const rules = new Map([
      ['q.io', { mirrors: ['host.example'] }],
      ['q.io/acme', { mirrors: ['acme.example'] }],
    ]);
    assert.deepEqual(places(rules, 'q.io/acme/x'), ['acme.example/x', 'q.io/acme/x']);
    assert.deepEqual(places(rules, 'q.io/acmeother/x'), ['host.example/acmeother/x', 'q.io/acmeother/x']);
  });
});

it('trustOf says what HTTP is to trust, of Docker Hub under the name of its API', () => {
  const rules = new Map([
    ['docker.io', { ca: '/ca.pem', mirrors: ['m.example'] }],
    ['plain.example:5000', { insecure: true }],
  ]);
  assert.deepEqual(
    trustOf(rules),
    new Map([
      ['registry-1.docker.io', { ca: '/ca.pem' }],
      ['plain.example:5000', { insecure: true }],
    ]),
  );
});

describe('registries.conf of Podman', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(`${tmpdir()}/podman-`);
  });
  after(async () => rm(folder, { recursive: true }));

  async function rulesOf(
    files: Record<string, string>,
    own: RegistryRules = new Map(),
    env: Record<string, string> = {},
  ): Promise<RegistryRules> {
    await rm(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await mkdir(folder, { recursive: true });
    return withPodmanRules(own, { env, home: join(folder, 'home'), systemFolder: join(folder, 'etc') });
  }

  it('says mirrors, other places, and what is insecure or blocked', async () => {
    const rules = await rulesOf({
      'etc/registries.conf': `
        unqualified-search-registries = ["docker.io"]
        [[registry]]
        location = "docker.io"
        [[registry.mirror]]
        location = "mirror.example:5000/hub"
        insecure = true
        [[registry.mirror]]
        location = "digests.example"
        pull-from-mirror = "digest-only"
        [[registry]]
        prefix = "example.com/foo"
        location = "internal.example/bar"
        [[registry]]
        location = "plain.example:5000"
        insecure = true
        [[registry]]
        prefix = "*.blocked.example"
        blocked = true
        [[registry]]
        prefix = "tags.example"
        mirror-by-digest-only = true
        [[registry.mirror]]
        location = "m.example"`,
    });
    assert.deepEqual(places(rules, 'python'), ['mirror.example:5000/hub/library/python', 'docker.io/library/python']);
    assert.deepEqual(places(rules, 'python', 'digest').at(1), 'digests.example/library/python');
    assert.deepEqual(places(rules, 'example.com/foo/x'), ['internal.example/bar/x']);
    assert.deepEqual(places(rules, 'a.b.blocked.example/x'), []);
    assert.deepEqual(places(rules, 'tags.example/x'), ['tags.example/x']);
    assert.deepEqual(places(rules, 'tags.example/x', 'digest'), ['m.example/x', 'tags.example/x']);
    assert.equal(isInsecure(rules, 'plain.example:5000'), true);
    assert.equal(isInsecure(rules, 'mirror.example:5000'), true);
    assert.equal(isInsecure(rules, 'docker.io'), false);
    assert.equal(isInsecure(rules, 'plain.example'), false);
  });

  it("the user's file takes the place of the machine's, and drop-ins come on top", async () => {
    const file = (mirror: string): string => `[[registry]]\nlocation="x.io"\n[[registry.mirror]]\nlocation="${mirror}"`;
    const first = async (files: Record<string, string>, env?: Record<string, string>): Promise<string | undefined> =>
      places(await rulesOf(files, new Map(), env), 'x.io/a')[0];
    assert.equal(await first({ 'etc/registries.conf': file('etc') }), 'etc/a');
    const both = { 'etc/registries.conf': file('etc'), 'home/.config/containers/registries.conf': file('user') };
    assert.equal(await first(both), 'user/a');
    assert.equal(
      await first({
        ...both,
        'etc/registries.conf.d/1.conf': file('one'),
        'etc/registries.conf.d/2.conf': file('two'),
      }),
      'two/a',
    );
    assert.equal(
      await first({ ...both, 'named.conf': file('named') }, { CONTAINERS_REGISTRIES_CONF: join(folder, 'named.conf') }),
      'named/a',
    );
  });

  it('our own settings count before it', async () => {
    const files = {
      'etc/registries.conf':
        '[[registry]]\nlocation="x.io"\ninsecure=true\n[[registry]]\nlocation="y.io"\ninsecure=true',
    };
    const rules = await rulesOf(files, new Map([['x.io', { mirrors: ['mine.example'] }]]));
    assert.equal(isInsecure(rules, 'x.io'), false);
    assert.equal(isInsecure(rules, 'y.io'), true);
    assert.deepEqual(places(rules, 'x.io/a'), ['mine.example/a', 'x.io/a']);
  });

  it('missing says nothing; broken is named; odd entries are passed over', async () => {
    assert.equal((await rulesOf({})).size, 0);
    await rejectsWith(
      rulesOf({ 'etc/registries.conf': '[[registry' }),
      'manifest-invalid',
      /registries\.conf is not valid TOML/,
    );
    assert.equal((await rulesOf({ 'etc/registries.conf': 'registry = 7' })).size, 0);
    assert.equal((await rulesOf({ 'etc/registries.conf': '[[registry]]\ninsecure = true' })).size, 0);
  });
});

describe('mirrors', () => {
  const image = imageOf([Buffer.from('layer')]);

  async function fill(registry: MemoryRegistry, name: string): Promise<void> {
    const repository = registry.repository(name);
    for (const { descriptor, bytes } of [image.config, ...image.layers]) repository.blobs.set(descriptor.digest, bytes);
    repository.manifests.set(image.manifest.descriptor.digest, {
      mediaType: image.manifest.descriptor.mediaType,
      bytes: image.manifest.bytes,
    });
    repository.tags.set('x', image.manifest.descriptor.digest);
    await Promise.resolve();
  }

  it('are asked in order, and the registry last, whatever keeps them from answering', async () => {
    await using empty = await memoryRegistry();
    await using broken = await serve((_, response) => void response.writeHead(500).end());
    await using lying = await serve((_, response) => void response.end('{"schemaVersion":2,"layers":[]}'));
    await using registry = await memoryRegistry();
    await fill(registry, 'a');
    const mirrors = [`${empty.host}/mirror`, broken.host, lying.host, '127.0.0.1:1'];
    const http = createHttp({ env: {}, sleep: async () => undefined });
    const settings = new Map([[registry.host, { mirrors }]]);
    const client = new RegistryClient({ http, settings, credentials: noCredentials, sleep: async () => undefined });
    const reference = parseReference(`${registry.host}/a@${image.manifest.descriptor.digest}`);
    assert.deepEqual((await client.resolve(reference)).bytes, image.manifest.bytes);
    const { descriptor, bytes } = image.layers[0]!;
    assert.deepEqual(Buffer.concat(await (await client.blob(reference, descriptor)).toArray()), bytes);
    assert(empty.requests.includes(`GET /v2/mirror/a/manifests/${image.manifest.descriptor.digest}`));
    await http.close();
  });

  it('are enough when the registry cannot be reached, and are never pushed to', async () => {
    await using mirror = await memoryRegistry();
    await fill(mirror, 'hub/a');
    const http = createHttp({ env: {}, sleep: async () => undefined, attempts: 1 });
    const settings = new Map([['127.0.0.1:1', { mirrors: [`${mirror.host}/hub`] }]]);
    const client = new RegistryClient({ http, settings, credentials: noCredentials, sleep: async () => undefined });
    assert.deepEqual((await client.resolve(parseReference('127.0.0.1:1/a:x'))).bytes, image.manifest.bytes);
    const asked = mirror.requests.length;
    const { descriptor, bytes } = image.config;
    const pushed = client.pushBlob({ host: '127.0.0.1:1', repository: 'a' }, descriptor, () => Readable.from([bytes]));
    await rejectsWith(pushed, 'network', /127\.0\.0\.1:1 refuses the connection/);
    assert.equal(mirror.requests.length, asked);
    await http.close();
  });

  it('a blocked registry is not read', async () => {
    const http = createHttp({ env: {} });
    const settings = new Map([['x.io', { blocked: true }]]);
    const client = new RegistryClient({ http, settings, credentials: noCredentials });
    await rejectsWith(client.resolve(parseReference('x.io/a')), 'registry-denied', /blocked/);
  });
});
