import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { ListedContainer } from '../../src/run/list.ts';
import { freePort } from '../support/daemon.ts';
import { type ServedEngine, startServed } from '../support/engine-api.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import type { Rig } from '../support/rig.ts';
import { attach, logsOf, runningRig, saidAt, statesOf, untilSaid } from '../support/running.ts';

const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'podman', 'runc');

for (const name of ['docker', 'podman'] as const) {
  test(`${name} under an up that stays`, { skip }, async (t) => {
    await using engine = await startServed(name);
    await staysAndStops(t, engine);
    await tellsHowItEnded(t, engine);
    await startsInOrder(t, engine);
  });
}

async function states(rig: Rig): Promise<Readonly<Record<string, string>>> {
  const listed = JSON.parse((await rig.ok(['ps', '--format', 'json'])).stdout) as ListedContainer[];
  return Object.fromEntries(
    listed.map(({ target, state, exitCode }) => [target, exitCode === undefined ? state : `${state} ${exitCode}`]),
  );
}

async function apiRig(engine: ServedEngine, settings = ''): Promise<{ rig: Rig; url: string }> {
  const port = await freePort();
  const run = `{network: host, environment: {PORT: ${port}}}`;
  const rig = await runningRig(engine, `targets:\n  api: {run: ${run}${settings}}\n`);
  return { rig, url: `http://127.0.0.1:${port}` };
}

async function staysAndStops(t: TestContext, engine: ServedEngine): Promise<void> {
  const { rig, url } = await apiRig(engine);
  await using _rig = rig;
  const up = attach(rig);

  await t.test('what the app writes is told, line by line', async () => {
    await up.until((events) => logsOf(events).length > 0, 'a log');
    assert.deepEqual(logsOf(up.events)[0], {
      version: 1,
      type: 'log',
      target: 'api',
      stream: 'stdout',
      text: 'serving one',
    });
    await untilSaid(url, 'one');
  });

  await t.test('a second up is refused, and says who is there', async () => {
    for (const args of [
      ['up', '--attach'],
      ['up', '--detach'],
    ]) {
      const { status, stderr } = await rig.run(args);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`error\\[session-running\\]: .* \\(process ${up.process.pid}\\)`));
    }
    assert.equal(await saidAt(url), 'one');
  });

  await t.test('Ctrl-C stops what runs, and it hears of it', async () => {
    up.process.kill('SIGINT');
    const { status, events } = await up.ended;
    assert.equal(status, 130);
    assert.deepEqual(statesOf(events), ['api started', 'api stopped']);
    assert.equal(logsOf(events).at(-1)?.text, 'ended');
    assert.deepEqual(await states(rig), { api: 'exited 0' });
  });

  await t.test('the next up starts it again', async () => {
    const again = attach(rig);
    await again.until((events) => logsOf(events).some(({ text }) => text === 'serving one'), 'a log');
    again.process.kill('SIGTERM');
    assert.deepEqual(statesOf((await again.ended).events), ['api started', 'api stopped']);
  });
  await rig.ok(['down']);
}

async function tellsHowItEnded(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const { rig, url } = await apiRig(engine);
  await using _rig = rig;

  await t.test('an app that ends gives up its exit status', async () => {
    const up = attach(rig);
    await untilSaid(url, 'one');
    assert.equal(await saidAt(`${url}/end/3`), 'one');
    const { status, events } = await up.ended;
    assert.deepEqual([status, statesOf(events)], [3, ['api started', 'api exited 3']]);
  });

  await t.test('a container that is killed from outside is reported', async () => {
    const up = attach(rig);
    await untilSaid(url, 'one');
    await client.run('kill', 'project-api');
    const { status, events } = await up.ended;
    assert.deepEqual([status, statesOf(events)], [137, ['api started', 'api exited 137']]);
  });

  await t.test('a second Ctrl-C kills what does not stop', async () => {
    await rig.ok(['down']);
    const { rig: stubborn } = await apiRig(engine, ', stop-signal: SIGUSR1');
    await using _stubborn = stubborn;
    stubborn.write({
      'server.py':
        'import signal, time\nsignal.signal(signal.SIGUSR1, lambda *_: print("no", flush=True))\nprint("up", flush=True)\nwhile True: time.sleep(60)\n',
    });
    const up = attach(stubborn);
    await up.until((events) => logsOf(events).length > 0, 'a log');
    const begun = performance.now();
    up.process.kill('SIGINT');
    await up.until((events) => logsOf(events).some(({ text }) => text === 'no'), 'the app to hear the signal');
    up.process.kill('SIGINT');
    assert.equal((await up.ended).status, 130);
    assert.ok(performance.now() - begun < 9_000, 'it waited for the whole grace');
    assert.deepEqual(await states(stubborn), { api: 'exited 137' });
    await stubborn.ok(['down']);
  });
  await rig.ok(['down']);
}

async function startsInOrder(t: TestContext, engine: ServedEngine): Promise<void> {
  const ports = [await freePort(), await freePort()];
  const of = (port: number, more = ''): string => `run: {network: host, environment: {PORT: ${port}}${more}}`;
  const check = (code: string): string =>
    `healthcheck: {test: [CMD, python3, -c, '${code}'], interval: 500ms, retries: 2}`;
  const asks = `import urllib.request as u; u.urlopen("http://127.0.0.1:${ports[0]}")`;
  const manifest = (code: string): string =>
    `targets:\n  api: {${of(ports[1] ?? 0, ', depends-on: [db]')}}\n  db: {${of(ports[0] ?? 0)}, ${check(code)}}\n`;
  await using rig = await runningRig(engine, manifest(asks));

  await t.test('what others depend on is healthy before they start, and stops behind them', async () => {
    const up = attach(rig);
    await up.until((events) => statesOf(events).includes('api started'), 'api to start');
    const begun = [...statesOf(up.events)];
    assert.deepEqual(
      begun.filter((state) => !state.endsWith('healthy')),
      ['db started', 'api started'],
    );
    up.process.kill('SIGINT');
    const all = statesOf((await up.ended).events);
    assert.ok(all.includes('db healthy'), all.join(', '));
    assert.deepEqual(all.slice(-2), ['api stopped', 'db stopped']);
  });

  await t.test('a target by its name brings what it depends on', async () => {
    await rig.ok(['down']);
    const { events } = await rig.ok(['up', '--detach', '--progress', 'rawjson', 'api']);
    assert.deepEqual(statesOf(events), ['db started', 'api started']);
    await rig.ok(['down', 'api']);
    assert.deepEqual(Object.keys(await states(rig)), ['db']);
    await rig.ok(['down']);
  });

  await t.test('where that stays unhealthy the others do not start', async () => {
    const before = readFileSync(rig.path('pycontainer.yaml'), 'utf8');
    rig.write({ 'pycontainer.yaml': before.replace(asks, 'import sys; sys.exit(1)') });
    const { status, events, stderr } = await rig.run(['up', '--detach', '--progress', 'rawjson']);
    assert.equal(status, 1);
    assert.deepEqual(statesOf(events), ['db started']);
    assert.match(stderr, /db, which others depend on, is unhealthy/);
    await rig.ok(['down']);
  });
}
