import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { connectEngine } from '../../src/engine/connect.ts';
import { type Engine, type EngineAbsence, isEngine } from '../../src/engine/engine.ts';
import type { EnginePlaces } from '../../src/engine/places.ts';
import { rejectsWith } from '../support/rejects.ts';
import { dockerVersion, fakeEngine, podmanVersion, sendJson } from './fake-engine.ts';

const execute = promisify(execFile);

type Env = EnginePlaces['env'];

function found(result: Engine | EngineAbsence): Engine {
  assert(isEngine(result), 'why' in result ? result.why : '');
  return result;
}

function absent(result: Engine | EngineAbsence): EngineAbsence {
  assert(!isEngine(result));
  return result;
}

function connect(folder: string, env: Env): Promise<Engine | EngineAbsence> {
  return connectEngine({ env, home: path.join(folder, 'home') });
}

test('says what is behind DOCKER_HOST', async () => {
  await using fake = await fakeEngine();
  const engine = found(await connect(fake.folder, { DOCKER_HOST: `unix://${fake.socket}` }));
  assert.equal(engine.kind, 'docker');
  assert.equal(engine.name, 'Docker 28.2.2');
  assert.equal(engine.address, `unix://${fake.socket}`);
  assert.equal(engine.isLocal, true);
  assert.deepEqual(engine.platform, { os: 'linux', architecture: 'amd64' });
  await engine.close();
});

test('knows Podman, whoever names it', async () => {
  await using fake = await fakeEngine(podmanVersion);
  for (const name of ['DOCKER_HOST', 'CONTAINER_HOST']) {
    const engine = found(await connect(fake.folder, { [name]: `unix://${fake.socket}` }));
    assert.equal(engine.name, 'Podman 4.3.1');
    assert.deepEqual(engine.platform, { os: 'linux', architecture: 'arm64' });
    await engine.close();
  }
});

const versions = [
  { engine: 'takes ours', ApiVersion: '1.50', MinAPIVersion: '1.24', spoken: '1.41' },
  { engine: 'is older', ApiVersion: '1.39', MinAPIVersion: '1.12', spoken: '1.39' },
  { engine: 'no longer takes ours', ApiVersion: '1.52', MinAPIVersion: '1.44', spoken: '1.44' },
  { engine: 'does not say its oldest', ApiVersion: '1.100', MinAPIVersion: undefined, spoken: '1.41' },
];

for (const { engine: which, spoken, ...version } of versions) {
  test(`speaks version ${spoken} of the API where the engine ${which}`, async () => {
    await using fake = await fakeEngine(
      { ...dockerVersion, ...version },
      { 'GET /info': (_, response) => sendJson(response, {}) },
    );
    const engine = found(await connect(fake.folder, { DOCKER_HOST: `unix://${fake.socket}` }));
    await (await engine.request('GET', '/info')).json();
    assert.equal(fake.requests.at(-1), `GET /v${spoken}/info`);
    await engine.close();
  });
}

test('asks Podman below /libpod in the version that Podman has', async () => {
  await using fake = await fakeEngine(podmanVersion, {
    'GET /libpod/info': (_, response) => sendJson(response, {}),
  });
  const engine = found(await connect(fake.folder, { DOCKER_HOST: `unix://${fake.socket}` }));
  await (await engine.request('GET', '/libpod/info')).json();
  assert.equal(fake.requests.at(-1), 'GET /v4.3.1/libpod/info');
  await engine.close();
});

test('refuses an engine that is too old, and what is none', async () => {
  await using old = await fakeEngine({ ...dockerVersion, ApiVersion: '1.24' });
  const { why } = absent(await connect(old.folder, { DOCKER_HOST: `unix://${old.socket}` }));
  assert.match(why, /^Docker 28\.2\.2 is too old: it speaks version 1\.24 of the API \(DOCKER_HOST leads there\)$/);
  for (const answer of [{ hello: 'world' }, [], null, 'text', { ApiVersion: 'x' }]) {
    await using other = await fakeEngine(answer);
    const absence = absent(await connect(other.folder, { DOCKER_HOST: `unix://${other.socket}` }));
    assert.match(absence.why, /is no container engine/);
  }
});

test('finds the usual sockets of a user: Docker without root before Podman', async () => {
  await using fake = await fakeEngine(podmanVersion);
  fs.mkdirSync(path.join(fake.folder, 'podman'));
  fs.renameSync(fake.socket, path.join(fake.folder, 'podman', 'podman.sock'));
  const engine = await connect(fake.folder, { XDG_RUNTIME_DIR: fake.folder });
  // An engine of this machine's own, where there is one, comes first.
  if (!fs.existsSync('/var/run/docker.sock')) {
    assert.equal(found(engine).address, `unix://${fake.folder}/podman/podman.sock`);
  }
  if (isEngine(engine)) await engine.close();
});

test('goes to where the current context leads, and DOCKER_HOST goes before it', async () => {
  await using fake = await fakeEngine();
  await using other = await fakeEngine({ ...dockerVersion, Version: '1.2.3' });
  const config = writeContext(fake.folder, 'work', `unix://${fake.socket}`, { current: 'work' });
  const current = found(await connect(fake.folder, { DOCKER_CONFIG: config }));
  assert.equal(current.address, `unix://${fake.socket}`);
  await current.close();
  const named = found(await connect(fake.folder, { DOCKER_CONFIG: config, DOCKER_HOST: `unix://${other.socket}` }));
  assert.equal(named.version, '1.2.3');
  await named.close();
});

test('names the contexts that there are when the one that is asked for is not there', async () => {
  await using fake = await fakeEngine();
  const config = writeContext(fake.folder, 'work', `unix://${fake.socket}`);
  const absence = absent(await connect(fake.folder, { DOCKER_CONFIG: config, DOCKER_CONTEXT: 'wrk' }));
  assert.equal(absence.why, "There is no context 'wrk', which DOCKER_CONTEXT names");
  assert.equal(absence.hint, 'There are work. Choose one with `docker context use`.');
});

test('says which address nobody listens at, and who names it', async () => {
  await using fake = await fakeEngine();
  const gone = path.join(fake.folder, 'gone.sock');
  const config = writeContext(fake.folder, 'work', `unix://${gone}`);
  const file = path.join(fake.folder, 'file');
  fs.writeFileSync(file, '');
  const cases: readonly [Env, RegExp][] = [
    [{ DOCKER_HOST: `unix://${gone}` }, /gone\.sock, which DOCKER_HOST names: there is no such socket$/],
    [{ DOCKER_HOST: `unix://${file}` }, /file, which DOCKER_HOST names: nobody listens there$/],
    [{ DOCKER_HOST: 'tcp://127.0.0.1:1' }, /tcp:\/\/127\.0\.0\.1:1, which DOCKER_HOST names: nobody listens there$/],
    [
      { DOCKER_CONFIG: config, DOCKER_CONTEXT: 'work' },
      /which the context 'work' \(DOCKER_CONTEXT\) names: there is no such socket$/,
    ],
  ];
  for (const [env, why] of cases) assert.match(absent(await connect(fake.folder, env)).why, why);
});

test('says how to reach engines that are not spoken to', async () => {
  await using fake = await fakeEngine();
  const ssh = absent(await connect(fake.folder, { DOCKER_HOST: 'ssh://me@host' }));
  assert.equal(ssh.code, 'engine-address');
  assert.equal(ssh.why, 'DOCKER_HOST leads to an engine over ssh, which is not spoken here');
  assert.match(ssh.hint, /ssh -nNT -L/);
  const pipe = absent(await connect(fake.folder, { DOCKER_HOST: 'npipe:////./pipe/docker_engine' }));
  assert.match(pipe.hint, /WSL/);
});

test("gives an engine's refusal as an error with its own words", async () => {
  await using fake = await fakeEngine(dockerVersion, {
    'POST /containers/x/start': (_, response) => sendJson(response, { message: 'port is\n taken' }, 409),
    'GET /denied': (_, response) => void response.writeHead(403).end('not for you'),
    'GET /empty': (_, response) => void response.writeHead(500).end(),
    'GET /text': (_, response) => void response.end('hello'),
  });
  const engine = found(await connect(fake.folder, { DOCKER_HOST: `unix://${fake.socket}` }));
  await rejectsWith(engine.request('GET', '/images/a/json'), 'engine-not-found', /no such thing: \/images\/a\/json/);
  await rejectsWith(
    engine.request('POST', '/containers/x/start'),
    'engine-conflict',
    /^Docker 28\.2\.2 says: port is taken$/,
  );
  await rejectsWith(engine.request('GET', '/denied'), 'engine-denied', /says: not for you$/);
  await rejectsWith(engine.request('GET', '/empty'), 'engine-answer', /answered 500$/);
  await rejectsWith((await engine.request('GET', '/text')).json(), 'engine-answer', /not JSON/);
  const wanted = await engine.request('GET', '/images/a/json', { accept: [404] });
  assert.equal(wanted.status, 404);
  await wanted.text();
  await engine.close();
});

test('sends queries and JSON, and leaves out what is undefined', async () => {
  let body = '';
  await using fake = await fakeEngine(dockerVersion, {
    'POST /containers/create': async (request, response) => {
      for await (const chunk of request) body += String(chunk);
      assert.equal(request.headers['content-type'], 'application/json');
      sendJson(response, { Id: 'abc' }, 201);
    },
  });
  const engine = found(await connect(fake.folder, { DOCKER_HOST: `unix://${fake.socket}` }));
  const query = { name: 'a b', platform: undefined, force: true };
  const answer = await engine.request('POST', '/containers/create', { query, json: { Image: 'x' } });
  assert.deepEqual(await answer.json(), { Id: 'abc' });
  assert.equal(body, '{"Image":"x"}');
  assert.equal(fake.requests.at(-1), 'POST /v1.41/containers/create?name=a+b&force=true');
  await engine.close();
});

test('an engine that breaks off, one that is too slow, and a signal are told apart', async () => {
  await using fake = await fakeEngine(dockerVersion, {
    'GET /broken': (request) => void request.socket.destroy(),
    'GET /slow': () => undefined,
  });
  const engine = found(await connect(fake.folder, { DOCKER_HOST: `unix://${fake.socket}` }));
  await rejectsWith(engine.request('GET', '/broken'), 'engine-unreachable', /broke the connection off/);
  await rejectsWith(engine.request('GET', '/slow', { timeoutMs: 20 }), 'engine-unreachable', /did not answer in time/);
  const stop = new AbortController();
  const asked = engine.request('GET', '/slow', { signal: stop.signal });
  stop.abort();
  await rejectsWith(asked, 'interrupted');
  await engine.close();
});

function writeContext(folder: string, name: string, host: string, { current }: { current?: string } = {}): string {
  const config = path.join(folder, 'config');
  const id = createHash('sha256').update(name).digest('hex');
  const meta = path.join(config, 'contexts', 'meta', id);
  fs.mkdirSync(meta, { recursive: true });
  const context = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  fs.writeFileSync(path.join(meta, 'meta.json'), JSON.stringify(context));
  if (current !== undefined) {
    fs.writeFileSync(path.join(config, 'config.json'), JSON.stringify({ currentContext: current }));
  }
  return config;
}

test('where nobody listens, HTTP is not even loaded', async () => {
  await using fake = await fakeEngine();
  const module = path.join(import.meta.dirname, '../../src/engine/connect.ts');
  const connecting = `
    const { connectEngine } = await import(${JSON.stringify(module)});
    const { createRequire } = await import('node:module');
    const found = await connectEngine({ env: { DOCKER_HOST: process.argv[1] }, home: '/nowhere' });
    if ('request' in found) await found.close();
    const { cache } = createRequire('file:///x.js');
    console.log(String(Object.keys(cache).some((file) => file.includes('/undici/'))));
  `;
  const isLoaded = async (host: string): Promise<string> => {
    const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', connecting, host]);
    return stdout.trim();
  };
  assert.equal(await isLoaded('unix:///nowhere/docker.sock'), 'false');
  assert.equal(await isLoaded(`unix://${fake.socket}`), 'true', 'the test would see it');
});
