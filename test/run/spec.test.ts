import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import type { Image } from '../../src/image/image.ts';
import { projectOf } from '../../src/run/project.ts';
import { type ContainerSpec, containerSpec, oneCommandSpec, settingsHash } from '../../src/run/spec.ts';
import { resolveApp } from '../config/manifests.ts';

const context = {
  project: projectOf('/home/me/My Shop'),
  environment: () => undefined,
  home: '/home/me',
  cwd: '/',
};

function imageOf(config: object): Image {
  const bytes = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config }));
  const descriptor = { mediaType: mediaTypes.config, digest: digestOf(bytes), size: bytes.length };
  const document = { descriptor, bytes };
  return { platform: { os: 'linux', architecture: 'amd64' }, config: document, manifest: document, layers: [] };
}

function specOf(run: string, config: object = { Cmd: ['python', 'main.py'], Env: ['PATH=/bin'] }): ContainerSpec {
  return containerSpec(resolveApp(`{run: ${run}}`), imageOf(config), context);
}

test('a container without settings is in the network of the project, known by its target', () => {
  const { body, network, command } = specOf('{}');
  assert.equal(network, 'my-shop');
  assert.deepEqual(body.HostConfig, { NetworkMode: 'my-shop', PortBindings: {}, Binds: [] });
  assert.deepEqual(body.NetworkingConfig, { EndpointsConfig: { 'my-shop': { Aliases: ['app'] } } });
  assert.deepEqual(command, ['python', 'main.py']);
  assert.deepEqual(body.Labels, {
    'pycontainer.project': context.project.id,
    'pycontainer.root': '/home/me/My Shop',
    'pycontainer.target': 'app',
    'pycontainer.kind': 'up',
  });
});

test('every setting reaches the engine in its own words', () => {
  const { body, volumes, network, command } = specOf(
    '{ports: ["80:8000", "127.0.0.1::53/udp", "81:8000"], environment: {B: 1.10, A: x}, volumes: ["./d:/d:ro", "~/e:/e", "data:/data"], command: [run, it], network: shared, user: "7:8"}',
    { Entrypoint: ['tini'], Cmd: ['x'] },
  );
  assert.deepEqual(body.Env, ['A=x', 'B=1.10']);
  assert.deepEqual([body.Cmd, body.User, command], [['run', 'it'], '7:8', ['tini', 'run', 'it']]);
  assert.deepEqual(body.ExposedPorts, { '8000/tcp': {}, '53/udp': {} });
  assert.deepEqual(body.HostConfig, {
    NetworkMode: 'shared',
    PortBindings: {
      '8000/tcp': [
        { HostIp: '', HostPort: '80' },
        { HostIp: '', HostPort: '81' },
      ],
      '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }],
    },
    Binds: ['/project/d:/d:ro', '/home/me/e:/e', 'my-shop-data:/data'],
  });
  assert.deepEqual([volumes, network], [['my-shop-data'], undefined]);
  assert.deepEqual(body.NetworkingConfig?.EndpointsConfig, { shared: { Aliases: ['app'] } });
  assert.equal(specOf('{network: host}').body.NetworkingConfig, undefined);
});

test('users are given as the image would have them', () => {
  const user = (written: string): string | undefined => specOf(`{user: ${written}}`).body.User;
  assert.deepEqual(['1000', '"1000:5"', 'app', '"app:web"', '{name: me, uid: 3}'].map(user), [
    '1000',
    '1000:5',
    'app',
    'app:web',
    '3:3',
  ]);
});

test('files of variables stand behind environment, and later ones before earlier ones', () => {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-spec-'));
  try {
    fs.writeFileSync(path.join(folder, 'a'), 'A=a\nB=a\nC=a\n');
    fs.writeFileSync(path.join(folder, 'b'), 'B=b\nC=b\n');
    const target = resolveApp('{run: {env-file: [a, b], environment: {C: c}}}', { root: folder });
    assert.deepEqual(containerSpec(target, imageOf({}), context).body.Env, ['A=a', 'B=b', 'C=c']);
    fs.writeFileSync(path.join(folder, 'b'), 'B="');
    assert.throws(
      () => containerSpec(target, imageOf({}), { ...context, cwd: folder }),
      (error) => error instanceof PycontainerError && error.location?.file === 'b',
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a health check is given to the engine, which may have lost it', () => {
  const check = { Test: ['CMD', 'true'], Interval: 1_000_000_000 };
  const checked = specOf('{}', { Healthcheck: check });
  assert.deepEqual([checked.body.Healthcheck, checked.checkEveryMs], [check, 1000]);
  assert.equal(specOf('{}', { Healthcheck: { Test: ['NONE'] } }).checkEveryMs, undefined);
  assert.equal(specOf('{}', { Healthcheck: { Test: ['CMD', 'true'] } }).checkEveryMs, 30_000);
});

test('an image without a stop signal gets the one that Python heeds', () => {
  assert.equal(specOf('{}').body.StopSignal, 'SIGINT');
  assert.equal(specOf('{}', { StopSignal: 'SIGQUIT' }).body.StopSignal, undefined);
});

test('the hash of the settings follows them, and not the image', () => {
  const hash = (run: string, config?: object): string => settingsHash(specOf(run, config));
  assert.equal(hash('{environment: {A: 1, B: 2}}'), hash('{environment: {B: 2, A: 1}}', { Cmd: ['other'] }));
  assert.notEqual(hash('{environment: {A: 1}}'), hash('{environment: {A: 2}}'));
  assert.notEqual(hash('{}'), hash('{ports: [80]}'));
});

test('one command shares everything but what only one can have', () => {
  const spec = specOf('{ports: ["80:8000"], volumes: ["data:/data"], environment: {A: 1}}', {
    Cmd: ['x'],
    Healthcheck: { Test: ['CMD', 'true'] },
  });
  const { body, checkEveryMs } = oneCommandSpec(spec, ['pytest', '-q']);
  assert.deepEqual([body.Cmd, body.Env, checkEveryMs], [['pytest', '-q'], ['A=1'], undefined]);
  assert.deepEqual([body.ExposedPorts, body.HostConfig.PortBindings], [{}, {}]);
  assert.deepEqual([body.HostConfig.Binds, body.HostConfig.NetworkMode], [['my-shop-data:/data'], 'my-shop']);
  assert.equal(body.NetworkingConfig, undefined);
  assert.equal(body.Labels['pycontainer.kind'], 'run');
  assert.ok(!('Healthcheck' in body));
});

test('what is no name of a volume is refused at its place', () => {
  assert.throws(
    () => specOf('{volumes: ["a b:/x"]}'),
    (error) => error instanceof PycontainerError && error.code === 'manifest-invalid' && error.location?.line === 2,
  );
});

test('names of projects are names for engines', () => {
  const names = ['/a/shop', '/a/My Shop!', '/a/été', '/', '/a/...', '/a/under_score.x'].map(
    (root) => projectOf(root).name,
  );
  assert.deepEqual(names, ['shop', 'my-shop', 't', 'project', 'project', 'under_score.x']);
  assert.notEqual(projectOf('/a/shop').id, projectOf('/b/shop').id);
});
