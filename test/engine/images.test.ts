import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { connectEngine } from '../../src/engine/connect.ts';
import { type Engine, isEngine } from '../../src/engine/engine.ts';
import {
  findImage,
  imageName,
  listImages,
  loadImages,
  pullImage,
  removeImage,
  tagImage,
} from '../../src/engine/images.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { rejectsWith } from '../support/rejects.ts';
import { type Answer, dockerVersion, fakeEngine, type FakeEngine, podmanVersion, sendJson } from './fake-engine.ts';

async function withEngine(
  answers: Readonly<Record<string, Answer>>,
  check: (engine: Engine, fake: FakeEngine) => Promise<void>,
  version: unknown = dockerVersion,
): Promise<void> {
  await using fake = await fakeEngine(version, answers);
  const env = { PYCONTAINER_ENGINE: `unix://${fake.socket}` };
  const engine = await connectEngine({ env, home: fake.folder });
  assert(isEngine(engine));
  try {
    await check(engine, fake);
  } finally {
    await engine.close();
  }
}

const hex = 'a'.repeat(64);

test('an image is found, however much an engine says of it', async () => {
  const full = {
    Id: `sha256:${hex}`,
    RepoTags: ['api:dev'],
    RootFS: { Type: 'layers', Layers: ['sha256:1'] },
    Os: 'linux',
    Architecture: 'arm',
    Variant: 'v6',
    Size: 7,
  };
  const found = async (described: unknown): Promise<unknown> => {
    let image: unknown;
    await withEngine({ 'GET /images/api/json': (_, response) => sendJson(response, described) }, async (engine) => {
      image = await findImage(engine, 'api');
    });
    return image;
  };
  assert.deepEqual(await found(full), {
    id: `sha256:${hex}`,
    names: ['api:dev'],
    layers: ['sha256:1'],
    platform: { os: 'linux', architecture: 'arm', variant: 'v6' },
    sizeBytes: 7,
  });
  assert.deepEqual(await found({ Id: hex, RepoTags: null, RootFS: { Type: 'layers' }, Variant: '' }), {
    id: `sha256:${hex}`,
    names: [],
    layers: [],
    platform: { os: 'linux', architecture: 'amd64' },
    sizeBytes: 0,
  });
  for (const odd of [{}, [], null, { Id: 1 }]) await rejectsWith(found(odd), 'engine-answer', /not understood$/);
});

test('an image that is not there is no error, and neither is one that cannot be removed', async () => {
  const answers: Record<string, Answer> = {
    'DELETE /images/used': (_, response) => sendJson(response, { message: 'used by a container' }, 409),
    'DELETE /images/gone': (_, response) => sendJson(response, { message: 'no such image' }, 404),
    'DELETE /images/old': (_, response) => sendJson(response, [{ Deleted: 'old' }]),
    'DELETE /images/broken': (_, response) => sendJson(response, { message: 'disk' }, 500),
  };
  await withEngine(answers, async (engine) => {
    assert.equal(await findImage(engine, 'api'), undefined);
    assert.equal(await removeImage(engine, 'used'), false);
    assert.equal(await removeImage(engine, 'gone'), true);
    assert.equal(await removeImage(engine, 'old'), true);
    await rejectsWith(removeImage(engine, 'broken'), 'engine-answer', /says: disk$/);
    await rejectsWith(listImages(engine), 'engine-not-found');
  });
});

test('a tag is sent in full', async () => {
  await withEngine(
    { 'POST /images/x/tag': (_, response) => void response.writeHead(201).end() },
    async (engine, fake) => {
      await tagImage(engine, 'x', parseReference('api'));
      assert.equal(fake.requests.at(-1), 'POST /v1.41/images/x/tag?repo=docker.io%2Flibrary%2Fapi&tag=latest');
    },
  );
});

test('Docker and Podman are asked to pull in their own words', async () => {
  const name = parseReference('127.0.0.1:5000/x/y:z');
  const amd64 = { os: 'linux', architecture: 'amd64' };
  await withEngine({ 'POST /images/create': (_, response) => sendJson(response, {}) }, async (engine, fake) => {
    await pullImage(engine, name, amd64);
    const asked = 'POST /v1.41/images/create?fromImage=127.0.0.1%3A5000%2Fx%2Fy&tag=z';
    assert.equal(fake.requests.at(-1), asked);
    await pullImage(engine, name, { os: 'linux', architecture: 'arm', variant: 'v7' });
    assert.equal(fake.requests.at(-1), `${asked}&platform=linux%2Farm%2Fv7`);
  });
  const podman: Record<string, Answer> = { 'POST /libpod/images/pull': (_, response) => sendJson(response, {}) };
  await withEngine(
    podman,
    async (engine, fake) => {
      await pullImage(engine, name, amd64);
      const query = 'reference=127.0.0.1%3A5000%2Fx%2Fy%3Az&tlsVerify=false&quiet=true';
      assert.equal(fake.requests.at(-1), `POST /v4.3.1/libpod/images/pull?${query}`);
    },
    podmanVersion,
  );
});

/** What an engine tells while it loads, in pieces, and what is made of it. */
const told: Readonly<Record<string, RegExp | undefined>> = {
  '{"stream":"Loaded image: api"}\n': undefined,
  '': undefined,
  '{"stream":"the word \\"error\\" alone"}\n': undefined,
  '{"error":""}\n': undefined,
  'not JSON, but "error"\n': undefined,
  '{"status":"1"}\r\n{"errorDetail":{"message":"no space"},"error":"no space\\nleft"}\r\n': /says: no space left$/,
  '{"error":"without an end of line: ünïcode"}': /ünïcode$/,
};

for (const [text, says] of Object.entries(told)) {
  test(`${JSON.stringify(text)} ${says === undefined ? 'is no failure' : 'is a failure'}`, async () => {
    const load: Answer = async (request, response) => {
      request.resume();
      for (const byte of Buffer.from(text)) response.write(Buffer.from([byte]));
      response.end();
    };
    await withEngine({ 'POST /images/load': load }, async (engine) => {
      const loading = loadImages(engine, Readable.from([Buffer.from('tar')]));
      if (says === undefined) await loading;
      else await rejectsWith(loading, 'engine-answer', says);
    });
  });
}

test('an engine that answers before it has read all is understood, or was unreachable', async () => {
  const load: Answer = (_, response) => {
    response.writeHead(500, { connection: 'close' }).end('{"message":"no space left"}');
  };
  await withEngine({ 'POST /images/load': load }, async (engine) => {
    const endless = Readable.from(
      (async function* () {
        for (let index = 0; index < 1000; index += 1) yield randomBytes(1 << 16);
      })(),
    );
    await assert.rejects(loadImages(engine, endless), /no space left|broke the connection off/);
    assert(endless.destroyed, 'nobody goes on to read');
  });
});

test('what cannot be read while it is sent ends the request with that failure', async () => {
  await withEngine({ 'POST /images/load': (request) => void request.resume() }, async (engine) => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(1 << 16);
        throw new Error('the disk is gone');
      })(),
    );
    await assert.rejects(loadImages(engine, broken), /the disk is gone/);
  });
});

test('names of images lead nowhere else in the API', () => {
  for (const name of [
    'api',
    'api:dev',
    'ghcr.io/acme/api:1',
    hex,
    `sha256:${hex}`,
    `api@sha256:${hex}`,
    'localhost:5000/x',
  ]) {
    assert.equal(imageName(name), name);
  }
  for (const name of ['', '.', '..', '/x', 'x/', 'x/../y', 'x//y', 'x?all=1', 'x#y', 'x y', 'x%2fy', '-x', 'x\ny']) {
    assert.throws(() => imageName(name), { code: 'reference-invalid' }, name);
  }
});
