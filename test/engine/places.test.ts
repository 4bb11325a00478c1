import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type EngineAddress, formatAddress, parseAddress } from '../../src/engine/address.ts';
import { enginePlaces } from '../../src/engine/places.ts';
import { PycontainerError } from '../../src/errors.ts';

async function addressesFor(env: Record<string, string>, platform: NodeJS.Platform = 'linux'): Promise<string[]> {
  const places = await enginePlaces({ env, home: '/home/me', platform, uid: 1000 });
  return places.map(({ address, from }) => `${formatAddress(address)}${from === undefined ? '' : ` (${from})`}`);
}

test('looks at the usual sockets in this order: the machine’s Docker, the user’s, then Podman', async () => {
  assert.deepEqual(await addressesFor({}), [
    'unix:///var/run/docker.sock',
    'unix:///run/user/1000/docker.sock',
    'unix:///home/me/.docker/run/docker.sock',
    'unix:///run/user/1000/podman/podman.sock',
    'unix:///run/podman/podman.sock',
  ]);
  assert.deepEqual((await addressesFor({ XDG_RUNTIME_DIR: '/tmp/run' })).slice(1, 2), ['unix:///tmp/run/docker.sock']);
  assert.deepEqual(await addressesFor({ TMPDIR: '/var/folders/x' }, 'darwin'), [
    'unix:///var/run/docker.sock',
    'unix:///home/me/.docker/run/docker.sock',
    'unix:///run/podman/podman.sock',
    'unix:///var/folders/x/podman/podman-machine-default-api.sock',
    'unix:///home/me/.local/share/containers/podman/machine/podman.sock',
  ]);
});

test('what the user names stands alone, the nearest first', async () => {
  const all = {
    PYCONTAINER_ENGINE: 'unix:///a',
    DOCKER_HOST: 'unix:///b',
    DOCKER_CONTEXT: 'default',
    CONTAINER_HOST: 'unix:///c',
  };
  assert.deepEqual(await addressesFor(all), ['unix:///a (PYCONTAINER_ENGINE)']);
  assert.deepEqual(await addressesFor({ ...all, PYCONTAINER_ENGINE: '' }), ['unix:///b (DOCKER_HOST)']);
  assert.deepEqual(await addressesFor({ CONTAINER_HOST: 'unix:///c' }), ['unix:///c (CONTAINER_HOST)']);
  assert.equal((await addressesFor({ DOCKER_CONTEXT: 'default' })).length, 5, 'the usual ones');
});

test('a config of Docker that cannot be read as JSON, or has no context, chooses nothing', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-places-'));
  try {
    for (const text of ['', '{', '[]', 'null', '{"currentContext": 1}', '{"currentContext": ""}', '{"auths": {}}']) {
      fs.writeFileSync(path.join(folder, 'config.json'), text);
      assert.equal((await addressesFor({ DOCKER_CONFIG: folder })).length, 5, text);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

const addresses: Readonly<Record<string, EngineAddress>> = {
  'unix:///var/run/docker.sock': { kind: 'unix', path: '/var/run/docker.sock' },
  ' unix:///a b ': { kind: 'unix', path: '/a b' },
  'tcp://127.0.0.1': { kind: 'tcp', host: '127.0.0.1', port: 2375 },
  'tcp://host:1234/': { kind: 'tcp', host: 'host', port: 1234 },
  'tcp://host:80': { kind: 'tcp', host: 'host', port: 80 },
  'host:1234': { kind: 'tcp', host: 'host', port: 1234 },
  'http://host': { kind: 'tcp', host: 'host', port: 2375 },
  'https://host': { kind: 'tcp', host: 'host', port: 2376, tls: { verify: true } },
  'tcp://[::1]:2375': { kind: 'tcp', host: '[::1]', port: 2375 },
};

for (const [text, address] of Object.entries(addresses)) {
  test(`'${text}' is an address of an engine`, () => {
    assert.deepEqual(parseAddress(text, 'DOCKER_HOST'), address);
  });
}

test('TCP with certificates has another port by default', () => {
  assert.deepEqual(parseAddress('tcp://host', 'DOCKER_HOST', { verify: true }), {
    kind: 'tcp',
    host: 'host',
    port: 2376,
    tls: { verify: true },
  });
});

for (const text of [
  'unix://',
  'unix://docker.sock',
  '/var/run/docker.sock',
  'tcp://',
  'tcp://host:x',
  'ftp://host',
  'tcp://host/path',
]) {
  test(`'${text}' is no address of an engine`, () => {
    const parsing = (): unknown => parseAddress(text, 'DOCKER_HOST');
    assert.throws(parsing, (error) => {
      assert(error instanceof PycontainerError);
      assert.equal(error.code, 'engine-address');
      assert.equal(error.message, `DOCKER_HOST is '${text}', which is no address of an engine`);
      return true;
    });
  });
}
