import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { MadeTarget } from '../../src/build/context.ts';
import type { Event } from '../../src/events.ts';
import { loadConfig, type Running, selectTargets, Workspace } from '../../src/index.ts';
import { isEngine } from '../../src/engine/engine.ts';
import { freePort } from '../support/daemon.ts';
import { type ServedEngine, startServed } from '../support/engine-api.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import type { Rig } from '../support/rig.ts';
import { containerEvents, runningRig, statesOf, untilSaid } from '../support/running.ts';

const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'podman', 'runc');

for (const name of ['docker', 'podman'] as const) {
  test(`${name} is kept up to date`, { skip }, async (t) => {
    await using engine = await startServed(name);
    await keepsUp(t, engine);
  });
}

/** Containers that are brought up to date in this process, as a watch does it. */
class Kept implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #events: Event[] = [];
  #running: Running | undefined;
  #workspace: Workspace | undefined;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** Builds what there is and brings the containers to it; gives what was told of them. */
  async bring(): Promise<readonly Event[]> {
    const { folder: cwd, env } = this.#rig;
    this.#events.length = 0;
    const config = await loadConfig({ cwd, env, set: [] });
    const workspace = await Workspace.open(config, { cwd, env, emit: (event) => void this.#events.push(event) });
    await using opened = workspace;
    const engine = await opened.engine();
    assert.ok(isEngine(engine));
    const targets = selectTargets(config, []).map((target) => opened.toRun(target));
    const ahead = this.#running;
    const onMade = async (made: readonly MadeTarget[]): Promise<void> => ahead?.updateAhead(made);
    const result = await opened.build(await opened.plan(targets), { onMade });
    if (this.#running === undefined) this.#running = await this.#lasting(config, result);
    else await this.#running.update(result);
    return [...this.#events];
  }

  /** In a workspace that stays open, since its engine is the one that is spoken to. */
  async #lasting(
    config: Awaited<ReturnType<typeof loadConfig>>,
    result: Awaited<ReturnType<Workspace['build']>>,
  ): Promise<Running> {
    const { folder: cwd, env } = this.#rig;
    this.#workspace = await Workspace.open(config, { cwd, env, emit: (event) => void this.#events.push(event) });
    const engine = await this.#workspace.engine();
    assert.ok(isEngine(engine));
    return this.#workspace.run(result, engine, { attach: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop();
    await this.#workspace?.[Symbol.asyncDispose]();
  }
}

async function keepsUp(t: TestContext, engine: ServedEngine): Promise<void> {
  const { client } = engine;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const manifest = `targets:\n  api: {run: {network: host, environment: {PORT: ${port}}, volumes: ["./seen:/app/seen"]}}\n`;
  await using rig = await runningRig(engine, manifest, { 'package/gone.py': 'x = 1\n', 'seen/host': 'one' });
  await using kept = new Kept(rig);
  const inside = (code: string): Promise<string> => client.run('exec', 'project-api', 'python3', '-c', code);
  const idOf = (): Promise<string> => client.run('inspect', '--format', '{{.Id}}', 'project-api');
  await kept.bring();
  await untilSaid(url, 'one');
  const first = await idOf();

  await t.test('a changed file is put in, and the app restarted, once', async () => {
    rig.write({ 'answer.py': 'ANSWER = "two"\n' });
    const events = await kept.bring();
    assert.deepEqual(statesOf(events), ['api restarted']);
    assert.equal(containerEvents(events)[0]?.files, 1);
    await untilSaid(url, 'two');
    assert.equal(await idOf(), first);
  });

  await t.test('bytecode of the same second and size is not taken for new code', async () => {
    for (const answer of ['six', 'ten', 'one', 'two']) {
      rig.write({ 'answer.py': `ANSWER = "${answer}"\n` });
      await kept.bring();
      await untilSaid(url, answer);
    }
  });

  await t.test('a removed file and its folder are gone, a new one is there', async () => {
    await inside('import sys; sys.path.insert(0, "/app"); import package.gone');
    rig.remove('package');
    rig.write({ 'other/new.py': 'x = 2\n' });
    assert.deepEqual(statesOf(await kept.bring()), ['api restarted']);
    assert.equal(
      await inside('import os; print(os.path.exists("/app/package"), os.listdir("/app/other"))'),
      "False ['new.py']",
    );
    assert.equal(await idOf(), first);
  });

  await t.test('what becomes of another kind does', async () => {
    rig.remove('other');
    rig.write({ other: 'a file' });
    await kept.bring();
    assert.equal(await inside('print(open("/app/other").read())'), 'a file');
  });

  await t.test('what lies below a mount is the host’s', async () => {
    rig.write({ 'seen/host': 'two' });
    rig.remove('seen/none');
    assert.deepEqual(
      containerEvents(await kept.bring()).map(({ files }) => files),
      [0],
    );
    assert.equal(await inside('print(open("/app/seen/host").read())'), 'two');
  });

  await t.test('where nothing changed nothing is done', async () => {
    assert.deepEqual(statesOf(await kept.bring()), []);
  });

  await t.test('an app that ended because of a mistake starts again when it is mended', async () => {
    rig.write({ 'answer.py': 'ANSWER = \n' });
    await kept.bring();
    rig.write({ 'answer.py': 'ANSWER = "mended"\n' });
    await kept.bring();
    await untilSaid(url, 'mended');
    assert.equal(await idOf(), first);
  });

  await t.test('anything but files takes a new container', async () => {
    const before = readFileSync(rig.path('pycontainer.yaml'), 'utf8');
    rig.write({ 'pycontainer.yaml': before.replace('api: {', 'api: {environment: {NEW: "1"}, ') });
    assert.deepEqual(statesOf(await kept.bring()), ['api replaced']);
    assert.notEqual(await idOf(), first);
    await untilSaid(url, 'mended');
    assert.equal(await inside('import os; print(os.environ["NEW"])'), '1');
  });

  await t.test('files that were put in are no reason to take a container for its image', async () => {
    rig.write({ 'answer.py': 'ANSWER = "synced"\n' });
    await kept.bring();
    await untilSaid(url, 'synced');
    rig.write({ 'answer.py': 'ANSWER = "mended"\n' });
    const { events } = await rig.ok(['up', '--detach', '--progress', 'rawjson']);
    assert.deepEqual(statesOf(events), ['api replaced']);
    await untilSaid(url, 'mended');
  });
}
