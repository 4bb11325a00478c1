import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Delivered } from '../../src/events.ts';
import { waitFor } from '../support/daemon.ts';
import type { TestEngine } from '../support/engine.ts';
import { type ServedEngine, startServed, wireTo } from '../support/engine-api.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';
import { partsMissing } from '../support/real-parts.ts';
import { type Ended, Rig } from '../support/rig.ts';

const isSource = process.env['PYCONTAINER_TEST_CLI'] === undefined && 'only the bundle answers without a plan';
const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'podman', 'runc');

for (const name of ['docker', 'podman'] as const) {
  test(`${name} gets images`, { skip }, async (t) => {
    await using engine = await startServed(name);
    await delivers(t, engine);
    await standsOnItsImages(t, engine);
  });
}

async function projectRig({ socket }: Pick<ServedEngine, 'socket'>, target: string): Promise<Rig> {
  const rig = new Rig({
    'pycontainer.yaml': `targets:\n  api: {base: "oci:${await pythonLayout()}", cmd: [python3, main.py], ${target}}\n`,
    'main.py': 'print("one")\n',
    'requirements.txt': '',
  });
  Object.assign(rig.env, { PYCONTAINER_ENGINE: '', DOCKER_HOST: `unix://${socket}` });
  return rig;
}

function up(rig: Rig, ...args: readonly string[]): Promise<Ended> {
  return rig.ok(['build', '--progress', 'rawjson', ...args]);
}

/** What went to the engine. */
function delivered({ events }: Ended): Delivered {
  const found = events.filter((event) => event.type === 'delivered').filter(({ output }) => !output.startsWith('/'));
  assert.equal(found.length, 1);
  return found[0] as Delivered;
}

/** What an image prints when the engine's own client runs it. */
function printed({ name, run }: TestEngine, image: string): Promise<string> {
  const limits = name === 'podman' ? ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'] : [];
  return run('run', '--rm', '--network', 'host', '--pull', 'never', ...limits, image);
}

async function imageIds({ run }: TestEngine): Promise<readonly string[]> {
  const ids = await run('images', '--all', '--quiet', '--no-trunc');
  return [...new Set(ids.split('\n').filter((id) => id !== ''))];
}

async function delivers(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const way = client.name === 'docker' ? 'missing-layers' : 'pull';
  await using wire = await wireTo(engine.socket);
  await using rig = await projectRig(wire, '');

  await t.test('a target without outputs goes to it, and its client runs it by its name', async () => {
    const first = delivered(await up(rig));
    assert.deepEqual([first.way, first.sentBlobs], [way, 4], 'the layer of the base, the venv, the app, the config');
    assert.equal(await printed(client, 'api'), 'one');
  });

  await t.test('the second time nothing is sent', async () => {
    const again = delivered(await up(rig));
    assert.deepEqual([again.sentBytes, again.sentBlobs, again.way], [0, 0, undefined]);
    assert(wire.sentBytes() > 0);
  });

  await t.test(
    'after a change of one file only the app layer and the config are sent, and the old image goes',
    async () => {
      rig.write({ 'main.py': 'print("two")\n' });
      const changed = delivered(await up(rig));
      assert.deepEqual([changed.way, changed.sentBlobs], [way, 2]);
      assert(changed.sentBytes < 4096, `${changed.sentBytes} bytes`);
      const wireBytes = wire.sentBytes();
      assert(wireBytes > 500 && wireBytes < 20_000, `${wireBytes} bytes went over the socket`);
      assert.equal(await printed(client, 'api'), 'two');
      assert.equal((await imageIds(client)).length, 1);
    },
  );

  await t.test(
    'what is asked of it again is as it was, until a client removes the image',
    { skip: isSource },
    async () => {
      let again = await up(rig);
      await waitFor(async () => {
        again = await up(rig);
        return again.events.some((event) => event.type === 'planned' && event.unchanged !== undefined);
      }, 'an answer without a plan');
      assert.equal(delivered(again).sentBlobs, 0);
      assert(wire.sentBytes() > 0, 'it was not asked');
    },
  );

  await t.test('what a client removed is given again, from layers that are still there or not', async () => {
    await client.run('rmi', 'api');
    assert.equal(delivered(await up(rig)).sentBlobs, 4);
    await client.run('tag', 'api', 'other');
    await client.run('rmi', client.name === 'podman' ? 'localhost/api' : 'api');
    assert.equal(delivered(await up(rig)).sentBlobs, 0, 'it gets its name back');
    assert.equal(await printed(client, 'api'), 'two');
    await client.run('rmi', client.name === 'podman' ? 'localhost/other' : 'other');
  });

  await t.test('an image keeps its tags, and takes one from another image', async () => {
    const tags = ['-t', 'ghcr.io/acme/api:dev', '-t', 'api:v1'];
    assert.equal(delivered(await up(rig, ...tags)).sentBlobs, 0);
    assert.equal(await printed(client, 'ghcr.io/acme/api:dev'), 'two');
    rig.write({ 'main.py': 'print("three")\n' });
    await up(rig, ...tags);
    for (const name of ['ghcr.io/acme/api:dev', 'api:v1']) assert.equal(await printed(client, name), 'three');
    const local = client.name === 'podman' ? 'localhost/api' : 'api';
    assert.equal(await printed(client, local), 'two', 'the name of before has its image');
    await client.run('rmi', 'ghcr.io/acme/api:dev', 'docker.io/library/api:v1');
  });

  await t.test('an image that a container uses stays until none does', async () => {
    rig.write({ 'main.py': 'import time\nprint("sleeps", flush=True)\ntime.sleep(600)\n' });
    await up(rig);
    const [sleeping] = await imageIds(client);
    const container = await client.runDetached(client.name === 'podman' ? 'localhost/api' : 'api');
    rig.write({ 'main.py': 'print("four")\n' });
    await up(rig);
    assert((await imageIds(client)).includes(sleeping ?? ''));
    await client.run('rm', '--force', ...(client.name === 'podman' ? ['--time', '0'] : []), container);
    rig.write({ 'main.py': 'print("five")\n' });
    await up(rig);
    assert.equal((await imageIds(client)).length, 1);
  });

  await t.test('layers compressed with zstd arrive too', async () => {
    const zstd = ['--set', 'api.compression={type: zstd}'];
    assert.equal(delivered(await up(rig, ...zstd)).sentBlobs, 0, 'it is the same image to an engine');
    rig.write({ 'main.py': 'print("six")\n' });
    assert(delivered(await up(rig, ...zstd)).sentBytes < 100_000, 'not the base');
    assert.equal(await printed(client, 'api'), 'six');
  });

  await t.test('a context of Docker leads to it', async () => {
    const config = path.join(rig.root, 'docker-config');
    const id = createHash('sha256').update('ours').digest('hex');
    const meta = path.join(config, 'contexts', 'meta', id);
    fs.mkdirSync(meta, { recursive: true });
    const context = { Name: 'ours', Metadata: {}, Endpoints: { docker: { Host: `unix://${engine.socket}` } } };
    fs.writeFileSync(path.join(meta, 'meta.json'), JSON.stringify(context));
    fs.writeFileSync(path.join(config, 'config.json'), JSON.stringify({ currentContext: 'ours' }));
    const env = { DOCKER_HOST: undefined, DOCKER_CONFIG: config };
    const result = await rig.ok(['build', '--load', '--progress', 'rawjson'], { env });
    assert.match(delivered(result).output, client.name === 'podman' ? /^Podman / : /^Docker /);
    await using fresh = new Rig();
    const wrong = await rig.run(['build', '--load'], { env: { ...env, DOCKER_CONTEXT: 'theirs', HOME: fresh.root } });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /There is no context 'theirs', which DOCKER_CONTEXT names/);
    assert.match(wrong.stderr, /There are ours\./);
  });
}

async function standsOnItsImages(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const below = client.name === 'podman' ? 'localhost/below' : 'below';
  await using rig = await projectRig(engine, `tags: ["${below}"]`);
  await up(rig);
  const [layer] = await imageIds(client);
  rig.write({
    'pycontainer.yaml': [
      'targets:',
      `  child:`,
      `    base: engine:${below}`,
      '    cmd: [python3, child.py]',
      `    files: [{src: /app/main.py, dest: /copied.py, from: "engine:${below}"}]`,
      '',
    ].join('\n'),
    'child.py': 'print(open("/copied.py").read(), end="")\n',
  });

  await t.test('an image stands on one that it has, of which nothing is sent back', async () => {
    const first = await up(rig);
    const { sentBytes, savedBytes } = delivered(first);
    assert(sentBytes < 100_000 && savedBytes > 10_000_000, `${sentBytes} of ${sentBytes + savedBytes} bytes`);
    assert.equal(await printed(client, 'child'), 'print("one")');
    assert(first.events.some((event) => event.type === 'download' && event.what.startsWith(`engine:${below} of `)));
  });

  await t.test('an image is read once, and again when its name stands for another one', async () => {
    const again = await up(rig);
    assert(!again.events.some((event) => event.type === 'download'));
    assert.equal(delivered(again).sentBlobs, 0);
    await client.run('tag', 'child', below);
    const changed = await up(rig);
    const reasons = changed.events.flatMap((event) => (event.type === 'node-started' ? event.reasons : []));
    assert(reasons.length > 0 && layer !== undefined);
    assert(changed.events.some((event) => event.type === 'download'));
  });
}

test('an engine that is not there: images are built all the same, unless it was asked for', { skip }, async () => {
  const socket = '/nowhere/docker.sock';
  await using rig = await projectRig({ socket }, '');
  const built = await rig.ok(['build']);
  assert.match(
    built.stderr,
    /^assumed +api: not given to an engine: No engine answers at unix:\/\/\/nowhere\/docker\.sock, which DOCKER_HOST names: there is no such socket$/m,
  );
  assert(fs.existsSync(rig.path('.pycontainer/images/api/index.json')));
  for (const args of [
    ['build', '--load'],
    ['build', '--set', 'api.outputs=[{type: engine}]'],
  ]) {
    const asked = await rig.run(args);
    assert.equal(asked.status, 1);
    assert.match(asked.stderr, /^error\[engine-absent\]: No engine answers at unix:\/\/\/nowhere\/docker\.sock/m);
  }
  const ssh = await rig.run(['build', '--load'], { env: { DOCKER_HOST: 'ssh://me@there' } });
  assert.equal(ssh.status, 2);
  assert.match(
    ssh.stderr,
    /^error\[engine-address\]: DOCKER_HOST leads to an engine over ssh, which is not spoken here/m,
  );
});
