import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { Readable } from 'node:stream';
import { createHttp, type Http } from '../../src/http.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { noCredentials } from '../../src/registry/credential.ts';
import { RegistryClient } from '../../src/registry/client.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { blobOf, type TestBlob } from '../support/image.ts';
import { memoryRegistry } from '../support/memory-registry.ts';
import { rejectsWith } from '../support/rejects.ts';

const opened: Http[] = [];
after(async () => Promise.all(opened.map(async (http) => http.close())));

function client(): RegistryClient {
  const http = createHttp({ env: {}, sleep: async () => undefined });
  opened.push(http);
  const sleep = async (): Promise<void> => undefined;
  return new RegistryClient({ http, settings: new Map(), credentials: noCredentials, sleep });
}

const mebibyte = 1024 * 1024;
const large = blobOf(Buffer.alloc(5 * mebibyte, 'large'), mediaTypes.layer);

function source({ bytes }: TestBlob): Readable {
  const slices = Array.from({ length: Math.ceil(bytes.length / 70_000) }, (_, at) =>
    bytes.subarray(at * 70_000, (at + 1) * 70_000),
  );
  return Readable.from(slices, { objectMode: false });
}

/** Stands before a registry and takes no body larger than this; notes the sizes and ranges of those that come. */
function limited(
  limitBytes: number,
  sizes: string[],
  refuse: (request: IncomingMessage, response: ServerResponse) => void,
) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method !== 'PATCH') return false;
    const length = Number(request.headers['content-length']);
    sizes.push(`${length} ${request.headers['content-range'] ?? 'all'}`);
    if (length <= limitBytes) return false;
    refuse(request, response);
    return true;
  };
}

/** As nginx does: an answer at once, and the connection is closed while the body still comes. */
function atOnce(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(413, { connection: 'close' }).end('<html>');
  setTimeout(() => request.socket.destroy(), 50);
}

function afterwards(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => response.writeHead(413).end());
}

for (const [how, refuse] of Object.entries({ 'at once': atOnce, 'after the body': afterwards })) {
  test(`a blob that is refused ${how} as too large goes in smaller requests`, async () => {
    const sizes: string[] = [];
    await using registry = await memoryRegistry({ guard: limited(2 * mebibyte, sizes, refuse) });
    const repository = { host: registry.host, repository: 'a' };
    const pushing = client();
    assert.equal(await pushing.pushBlob(repository, large.descriptor, () => source(large)), 'sent');
    assert(registry.repository('a').blobs.get(large.descriptor.digest)?.equals(large.bytes));
    const quarter = (5 * mebibyte) / 4;
    const ranges = [0, 1, 2, 3].map((at) => `${quarter} ${at * quarter}-${(at + 1) * quarter - 1}`);
    assert.deepEqual(sizes, [`${5 * mebibyte} all`, ...ranges]);
    sizes.length = 0;
    const other = blobOf(Buffer.alloc(3 * mebibyte, 'other'), mediaTypes.layer);
    await pushing.pushBlob(repository, other.descriptor, () => source(other));
    assert.equal(sizes[0], `${quarter} 0-${quarter - 1}`, 'what was learned counts for the next blob');
  });
}

test('a chunk that breaks off is taken up where it broke', async () => {
  const sizes: string[] = [];
  await using registry = await memoryRegistry({ guard: limited(2 * mebibyte, sizes, afterwards) });
  let patches = 0;
  await using proxy = await faultProxy(registry.host, ({ method }) => {
    const isThird = method === 'PATCH' && (patches += 1) === 3;
    return isThird ? { kind: 'reset-upload', afterBytes: 500_000 } : undefined;
  });
  await client().pushBlob({ host: proxy.host, repository: 'a' }, large.descriptor, () => source(large));
  assert(registry.repository('a').blobs.get(large.descriptor.digest)?.equals(large.bytes));
  const quarter = (5 * mebibyte) / 4;
  const begins = sizes.slice(1).map((size) => Number(/ (\d+)-/.exec(size)?.[1]));
  assert.deepEqual(begins.slice(0, 2), [0, quarter]);
  const [, , again = 0] = begins;
  assert(again > quarter && again < 2 * quarter, begins.join(', '));
});

test('where even small requests are too large, that is said, with what to do', async () => {
  await using registry = await memoryRegistry({ guard: limited(1000, [], afterwards) });
  const pushing = client().pushBlob({ host: registry.host, repository: 'a' }, large.descriptor, () => source(large));
  const error = await rejectsWith(pushing, 'registry-answer', /answered 413 when asked to write to a$/);
  assert.match(error.hint ?? '', /client_max_body_size/);
});

test('requests are not made smaller than the registry wants them', async () => {
  const sizes: string[] = [];
  const least = { 'oci-chunk-min-length': String(3 * mebibyte) };
  await using registry = await memoryRegistry({
    guard: (request, response) => {
      if (request.method === 'POST') for (const [name, value] of Object.entries(least)) response.setHeader(name, value);
      return limited(4 * mebibyte, sizes, afterwards)(request, response);
    },
  });
  await client().pushBlob({ host: registry.host, repository: 'a' }, large.descriptor, () => source(large));
  assert.deepEqual(
    sizes.map((size) => Number(size.split(' ')[0]) / mebibyte),
    [5, 3, 2],
  );
});

test('a source that ends too early is no whole blob', async () => {
  await using registry = await memoryRegistry();
  const short = { ...large, bytes: large.bytes.subarray(0, 4 * mebibyte) };
  const pushing = client().pushBlob({ host: registry.host, repository: 'a' }, large.descriptor, () => source(short));
  await assert.rejects(pushing);
  assert.equal(registry.repository('a').blobs.size, 0);
});
