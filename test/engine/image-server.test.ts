import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ImageServer, type ServedBlob, serveImage } from '../../src/engine/image-server.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';

const layer = Buffer.from('a layer');
const manifest = { mediaType: mediaTypes.manifest, bytes: Buffer.from('{"schemaVersion":2}') };

function served(blobs: ReadonlyMap<Digest, ServedBlob>): Promise<ImageServer> {
  return serveImage({ manifest, blobs });
}

function whole(bytes: Buffer): ServedBlob {
  return { sizeBytes: bytes.length, open: async () => Readable.from([bytes]) };
}

function base({ name }: ImageServer): string {
  return `http://${name.host}/v2/${name.repository}`;
}

test('gives one image, by its tag and by digest, to those who know its name', async () => {
  const digest = digestOf(layer);
  await using server = await served(new Map([[digest, whole(layer)]]));
  assert.equal((await fetch(`http://${server.name.host}/v2/`)).status, 200);
  for (const reference of ['latest', digestOf(manifest.bytes)]) {
    const response = await fetch(`${base(server)}/manifests/${reference}`);
    assert.equal(response.headers.get('content-type'), mediaTypes.manifest);
    assert.equal(response.headers.get('docker-content-digest'), digestOf(manifest.bytes));
    assert.equal(await response.text(), manifest.bytes.toString());
  }
  const head = await fetch(`${base(server)}/blobs/${digest}`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(layer.length)]);
  assert.deepEqual([...server.sent], []);
  assert.equal(await (await fetch(`${base(server)}/blobs/${digest}`)).text(), 'a layer');
  assert.deepEqual([...server.sent], [digest]);
});

test('gives nothing else, and takes nothing', async () => {
  const digest = digestOf(layer);
  await using server = await served(new Map([[digest, whole(layer)]]));
  const other = digestOf(Buffer.from('other'));
  const places = [
    `${base(server)}/manifests/other`,
    `${base(server)}/manifests/${other}`,
    `${base(server)}/blobs/${other}`,
    `${base(server)}/blobs/${digest}/more`,
    `${base(server)}/tags/list`,
    `http://${server.name.host}/v2/pycontainer/${'0'.repeat(32)}/manifests/latest`,
    `http://${server.name.host}/v2/_catalog`,
    `http://${server.name.host}/`,
  ];
  for (const place of places) assert.equal((await fetch(place)).status, 404, place);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    assert.equal((await fetch(`${base(server)}/manifests/latest`, { method })).status, 405);
  }
  assert.match(server.name.host, /^127\.0\.0\.1:\d+$/);
});

test('two images never have one name', async () => {
  await using one = await served(new Map());
  await using other = await served(new Map());
  assert.notEqual(one.name.repository, other.name.repository);
});

test('says when bytes could not be given, and only then', async () => {
  const digest = digestOf(layer);
  const broken: ServedBlob = {
    sizeBytes: layer.length,
    open: async () =>
      Readable.from(
        (async function* () {
          yield layer.subarray(0, 1);
          throw new Error('the blob is damaged');
        })(),
      ),
  };
  await using server = await served(new Map([[digest, broken]]));
  await assert.rejects(fetch(`${base(server)}/blobs/${digest}`).then((response) => response.text()));
  await assert.rejects(server.failed, /the blob is damaged/);
  assert.deepEqual([...server.sent], []);
});

test('one who goes away in the middle is no failure', async () => {
  const digest = digestOf(layer);
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const endless = async function* (): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        yield Buffer.alloc(1 << 16);
        started.resolve();
      }
    } finally {
      ended.resolve();
    }
  };
  const server = await served(new Map([[digest, { sizeBytes: 2 ** 40, open: async () => Readable.from(endless()) }]]));
  let failed = false;
  server.failed.catch(() => {
    failed = true;
  });
  const [host = '', port = ''] = server.name.host.split(':');
  const socket = connect(Number(port), host);
  socket.write(`GET /v2/${server.name.repository}/blobs/${digest} HTTP/1.1\r\nhost: x\r\n\r\n`);
  socket.resume();
  await started.promise;
  socket.destroy();
  await once(socket, 'close');
  await ended.promise;
  await server.reached;
  await server[Symbol.asyncDispose]();
  await nextTurn();
  assert.equal(failed, false);
});
