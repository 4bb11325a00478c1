import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Delivered } from '../../src/events.ts';
import { freePort } from '../support/daemon.ts';
import { type DockerRegistry, startDockerRegistry } from '../support/docker-registry.ts';
import { answerOf, startDocker, startPodman, type TestEngine } from '../support/engine.ts';
import { exampleRig, wheelsMissing } from '../support/example.ts';
import { readLayout } from '../support/layout.ts';
import { nativeRig } from '../support/native-project.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';
import { partsMissing } from '../support/real-parts.ts';
import type { Ended, Rig } from '../support/rig.ts';

interface App {
  readonly target: string;
  readonly rig: (base: string) => Promise<Rig> | Rig;
  /** What makes it listen there. */
  readonly listenOn: (port: number) => readonly string[];
  readonly answers: RegExp;
  /** A file of the app, and a line to put at its end. */
  readonly edit: readonly [file: string, line: string];
  /** Layers that are not the base's: packages, venv, app. */
  readonly ownLayers: number;
  readonly native: RegExp;
}

const fastapi: App = {
  target: 'forecast',
  rig: (base) => exampleRig('fastapi', base),
  listenOn: (port) => ['--set', `forecast.ports=[${port}]`],
  answers: /^\{"next":4\.0\}$/,
  edit: ['forecast/trend.py', '# edited\n'],
  ownLayers: 5,
  native: /^(?:_pydantic_core|_multiarray_umath)\.cpython-.*\.so$/,
};

const ownWheels: App = {
  target: 'served',
  rig: nativeRig,
  listenOn: (port) => ['--set', `served.environment.PORT="${port}"`],
  answers: /^\{"open_files": \d+\}$/,
  edit: ['src/served/words.py', 'MORE = "words"\n'],
  ownLayers: 3,
  native: /^resource\.cpython-.*\.so$/,
};

const parts = partsMissing('root', 'docker-registry', 'skopeo', 'umoci', 'dockerd', 'podman', 'runc');
const noParts = pythonBaseMissing || parts;

test('a FastAPI app with native wheels from uv.lock', { skip: noParts || wheelsMissing('fastapi') }, async (t) => {
  await goesAllTheWay(t, fastapi);
});

test('an app with native wheels of our own from uv.lock', { skip: noParts }, async (t) => {
  await goesAllTheWay(t, ownWheels);
});

/** From an empty store to a running container, then again with nothing to do, then with one file changed. */
async function goesAllTheWay(t: TestContext, app: App): Promise<void> {
  await using registry = await startDockerRegistry();
  await using rig = await app.rig(`oci:${await pythonLayout()}`);
  rig.env['REGISTRY'] = registry.host;
  const port = await freePort();
  const name = `${registry.host}/${app.target}:dev`;
  const args = ['up', '--push', '--progress', 'rawjson', ...app.listenOn(port)];
  const layout = rig.path('.pycontainer/images', app.target);
  const first = await rig.ok(args);
  const image = readLayout(layout);

  await t.test('up builds it, writes the layout and pushes the tag', () => {
    assert.equal(first.stdout, `${app.target} ${image.digest}\n`);
    assert.equal(builtLayers(first).length, app.ownLayers);
    assert.equal(image.layers.length, app.ownLayers + 1);
    assert.deepEqual(
      deliveries(first).map(({ digest }) => digest),
      [image.digest, image.digest],
    );
  });

  await t.test('skopeo inspects what was pushed', async () => {
    const inspected = await json('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`]);
    assert.equal(inspected['Digest'], image.digest);
    assert.deepEqual(
      inspected['Layers'],
      image.layers.map(({ digest }) => digest),
    );
    assert.deepEqual(inspected['RepoTags'], ['dev']);
    await run('skopeo', ['inspect', '--config', `oci:${layout}:dev`]);
  });

  await t.test('umoci unpacks the layout', async () => {
    const bundle = path.join(rig.root, 'bundle');
    await run('umoci', ['unpack', '--image', `${layout}:dev`, bundle]);
    const files = readdirSync(path.join(bundle, 'rootfs/opt/venv/lib'), { recursive: true, encoding: 'utf8' });
    assert(files.some((file) => app.native.test(path.basename(file))));
    assert(existsSync(path.join(bundle, 'rootfs/app', app.edit[0])));
  });

  for (const start of [startDocker, startPodman]) {
    await t.test(`${start === startDocker ? 'Docker' : 'Podman'} pulls it, and it answers GET /`, async () => {
      await using engine = await start();
      assert.match(await servedBy(engine, name, port), app.answers);
    });
  }

  await t.test('a second up builds nothing and sends no blob', async () => {
    const before = registry.log().length;
    const second = await rig.ok(args);
    assert.equal(second.stdout, first.stdout);
    assert.deepEqual(builtLayers(second), []);
    for (const delivery of deliveries(second)) assert.deepEqual([delivery.sentBlobs, delivery.sentBytes], [0, 0]);
    assert.deepEqual(writes(registry, before), []);
  });

  await t.test('after one edit only the app layer differs, and it alone is sent', async () => {
    appendFileSync(rig.path(app.edit[0]), app.edit[1]);
    const before = registry.log().length;
    const third = await rig.ok(args);
    const edited = readLayout(layout);
    assert.equal(builtLayers(third).length, 1);
    const digests = [image, edited].map(({ layers }) => layers.map(({ digest }) => digest));
    assert.deepEqual(digests[0]?.slice(0, -1), digests[1]?.slice(0, -1));
    assert.notEqual(digests[0]?.at(-1), digests[1]?.at(-1));
    const pushed = deliveries(third).find(({ output }) => output.includes(registry.host));
    assert.equal(pushed?.sentBlobs, 3, 'the layer, the config and the manifest');
    assert.equal(
      writes(registry, before).filter((line) => line.startsWith('PUT /v2/') && line.includes('/blobs/')).length,
      2,
    );
  });
}

async function servedBy(engine: TestEngine, image: string, port: number): Promise<string> {
  await engine.pull(image);
  const container = await engine.runDetached(image);
  return answerOf(engine, container, `http://127.0.0.1:${port}/`);
}

function builtLayers({ events }: Ended): readonly string[] {
  return events.flatMap((event) => (event.type === 'node-finished' && event.kind !== 'output' ? [event.title] : []));
}

function deliveries({ events }: Ended): readonly Delivered[] {
  return events.filter((event) => event.type === 'delivered');
}

/** Requests that change something, as the registry itself logged them from there on. */
function writes(registry: DockerRegistry, from: number): readonly string[] {
  return [
    ...registry
      .log()
      .slice(from)
      .matchAll(/"((?:POST|PUT|PATCH|DELETE) \S+)/g),
  ].map(([, line = '']) => line);
}

const execute = promisify(execFile);

async function run(command: string, args: readonly string[]): Promise<string> {
  return (await execute(command, args, { maxBuffer: 1 << 26 })).stdout;
}

async function json(command: string, args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await run(command, args)) as Record<string, unknown>;
}
