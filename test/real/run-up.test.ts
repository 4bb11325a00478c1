import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ListedContainer } from '../../src/run/list.ts';
import { freePort } from '../support/daemon.ts';
import { type ServedEngine, startServed } from '../support/engine-api.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import type { Rig } from '../support/rig.ts';
import { containerEvents, runningRig, saidAt, statesOf, untilSaid } from '../support/running.ts';

const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'podman', 'runc');

for (const name of ['docker', 'podman'] as const) {
  test(`${name} runs what says run`, { skip }, async (t) => {
    await using engine = await startServed(name);
    await upAndDown(t, engine);
    await oneCommand(t, engine);
    await leavesOthersAlone(t, engine);
    await inANetwork(t, engine);
  });
}

async function hostRig(engine: ServedEngine): Promise<{ rig: Rig; url: string }> {
  const port = await freePort();
  const run = `{network: host, environment: {PORT: ${port}}, volumes: ["data:/data", "./made:/made"]}`;
  const rig = await runningRig(engine, `targets:\n  api: {run: ${run}}\n  tool: {cmd: [python3, -V]}\n`);
  return { rig, url: `http://127.0.0.1:${port}` };
}

const detached = ['up', '--detach', '--progress', 'rawjson'];

async function listed(rig: Rig): Promise<readonly ListedContainer[]> {
  return JSON.parse((await rig.ok(['ps', '--format', 'json'])).stdout) as ListedContainer[];
}

async function upAndDown(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const { rig, url } = await hostRig(engine);
  await using _rig = rig;

  await t.test('up starts it, and it answers', async () => {
    assert.deepEqual(statesOf((await rig.ok(detached)).events), ['api started']);
    await untilSaid(url, 'one');
    const [api, ...others] = await listed(rig);
    assert.deepEqual([api?.target, api?.name, api?.state, others], ['api', 'project-api', 'running', []]);
  });

  await t.test('up again does nothing', async () => {
    // Not the whole answer: Docker lists mounts in an order that changes from call to call.
    const stateNow = (): Promise<string> => client.run('inspect', '--format', '{{.Id}} {{json .State}}', 'project-api');
    const before = await stateNow();
    assert.deepEqual(statesOf((await rig.ok(detached)).events), ['api unchanged']);
    assert.equal(await stateNow(), before);
  });

  await t.test('logs and ps tell of it', async () => {
    assert.equal((await rig.ok(['logs', '--tail', '1', 'api'])).stdout, 'api      | serving one\n');
    const [, line] = (await rig.ok(['ps'])).stdout.split('\n');
    assert.match(line ?? '', /^api {5}running for [0-9.]+ m?s? .* project-api$/);
    const none = await rig.run(['logs', 'tool']);
    assert.deepEqual([none.status, /container-not-found/.test(none.stderr)], [1, true]);
  });

  await t.test('one that stopped is started again, as it is', async () => {
    const id = await client.run('inspect', '--format', '{{.Id}}', 'project-api');
    await client.run('stop', '--time', '5', 'project-api');
    assert.equal((await listed(rig))[0]?.exitCode, 0);
    assert.deepEqual(statesOf((await rig.ok(detached)).events), ['api started']);
    assert.equal(await client.run('inspect', '--format', '{{.Id}}', 'project-api'), id);
  });

  await t.test('another image or another setting takes another container', async () => {
    rig.write({ 'answer.py': 'ANSWER = "two"\n' });
    assert.deepEqual(statesOf((await rig.ok(detached)).events), ['api replaced']);
    await untilSaid(url, 'two');
    const set = ['--set', 'api.run.environment.MORE="1"'];
    assert.deepEqual(statesOf((await rig.ok([...detached, ...set])).events), ['api replaced']);
    assert.deepEqual(statesOf((await rig.ok([...detached, ...set])).events), ['api unchanged']);
  });

  await t.test('down leaves nothing but the volume, which it takes when it is told', async () => {
    assert.deepEqual(statesOf((await rig.ok(['down', '--progress', 'rawjson'])).events), ['api removed']);
    assert.deepEqual(await listed(rig), []);
    assert.equal(await saidAt(url), undefined);
    assert.equal(await client.run('volume', 'ls', '--quiet'), 'project-data');
    assert.deepEqual(statesOf((await rig.ok(['down', '--volumes', '--progress', 'rawjson'])).events), []);
    assert.equal(await client.run('volume', 'ls', '--quiet'), '');
  });
}

async function oneCommand(t: TestContext, engine: ServedEngine): Promise<void> {
  const { rig } = await hostRig(engine);
  await using _rig = rig;
  const python = (code: string): readonly string[] => ['run', '--quiet', 'api', '--', 'python3', '-c', code];

  await t.test('run gives the command what it is given, and its exit status', async () => {
    const code =
      'import os, sys; print(os.environ["PORT"] != "", os.path.isdir("/made")); print("no", file=sys.stderr); sys.exit(7)';
    const { status, stdout, stderr } = await rig.run(python(code));
    assert.deepEqual([status, stdout, stderr], [7, 'True True\n', 'no\n']);
  });

  await t.test('run passes its own stdin on', async () => {
    const running = rig.start(python('import sys; print(len(sys.stdin.buffer.read()))'), {
      stdin: 'x'.repeat(300_000),
    });
    assert.deepEqual([(await running.ended).stdout, (await running.ended).status], ['300000\n', 0]);
  });

  await t.test(
    'without a command it runs what the image starts with, also of a target that does not say run',
    async () => {
      assert.match((await rig.ok(['run', '--quiet', 'tool'])).stdout, /^Python 3\./);
    },
  );

  await t.test('a program that is not there is told, and nothing is left behind', async () => {
    const { status, stderr } = await rig.run(['run', '--quiet', 'api', '--', 'nowhere']);
    assert.equal(status, 1);
    assert.match(stderr, /error\[container-failed\]: api cannot be started.*\n.*The image lacks the program/);
    assert.deepEqual(await listed(rig), []);
  });
  await rig.ok(['down', '--volumes']);
}

async function leavesOthersAlone(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const { rig } = await hostRig(engine);
  await using _rig = rig;
  await rig.ok(['build', '--load']);
  const [image = ''] = (await client.run('images', '--quiet', 'api')).split('\n');

  await t.test('a container of somebody else is refused, left alone, and not taken down', async () => {
    await client.run('create', '--name', 'project-api', '--network', 'host', image);
    const before = await client.run('inspect', 'project-api');
    const { status, stderr } = await rig.run(['up', '--detach']);
    assert.equal(status, 1);
    assert.match(stderr, /error\[container-foreign\]: There is a container project-api that pycontainer did not make/);
    await rig.ok(['down']);
    assert.equal(await client.run('inspect', 'project-api'), before);
    await client.run('rm', 'project-api');
  });

  await t.test('so is a volume', async () => {
    await client.run('volume', 'create', 'project-data');
    const { stderr } = await rig.run(['up', '--detach']);
    assert.match(stderr, /error\[container-foreign\]: There is a volume project-data/);
    await rig.ok(['down', '--volumes']);
    assert.equal(await client.run('volume', 'ls', '--quiet'), 'project-data');
    await client.run('volume', 'rm', 'project-data');
  });

  await t.test('so is a container of a project in another folder of the same name', async () => {
    const { rig: other } = await hostRig(engine);
    await using _other = other;
    await other.ok(detached);
    const { stderr } = await rig.run(['up', '--detach']);
    assert.match(stderr, new RegExp(`belongs to the project in ${other.folder}`));
    await rig.ok(['down', '--volumes']);
    assert.equal((await listed(other)).length, 1);
    await other.ok(['down', '--volumes']);
  });
}

async function inANetwork(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const port = await freePort();
  const api = `{run: {ports: ["127.0.0.1:${port}:8000"], environment: {PORT: 8000}}}`;
  const other = '{run: {environment: {PORT: 8000}}}';
  await using rig = await runningRig(engine, `targets:\n  api: ${api}\n  other: ${other}\n`);

  await t.test('a published port is told and answers, and targets know each other by name', async () => {
    const { events } = await rig.ok(detached);
    const urls = new Map(containerEvents(events).map(({ target, url }) => [target, url]));
    assert.deepEqual(Object.fromEntries(urls), { api: `http://localhost:${port}`, other: undefined });
    await untilSaid(`http://127.0.0.1:${port}`, 'one');
    if (client.name === 'podman') return;
    const ask = 'import urllib.request as u; print(u.urlopen("http://other:8000").read().decode())';
    assert.equal(await client.run('exec', 'project-api', 'python3', '-c', ask), 'one');
  });

  await t.test('down takes the network too', async () => {
    assert.match(await client.run('network', 'ls', '--format', '{{.Name}}'), /^project$/m);
    await rig.ok(['down']);
    assert.doesNotMatch(await client.run('network', 'ls', '--format', '{{.Name}}'), /^project$/m);
  });
}
