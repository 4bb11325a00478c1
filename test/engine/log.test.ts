import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { type ContainerLine, linesOf } from '../../src/engine/log.ts';

function frame(stream: 1 | 2, bytes: Uint8Array): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

async function read(chunks: readonly Buffer[]): Promise<readonly ContainerLine[]> {
  return Array.fromAsync(linesOf(toAsync(chunks)));
}

async function* toAsync(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

test('lines of both streams are taken apart, the last one without an end', async () => {
  const bytes = [
    frame(1, Buffer.from('one\r\ntw')),
    frame(2, Buffer.from('oops\n')),
    frame(1, Buffer.from('o\n\nend')),
  ];
  assert.deepEqual(await read(bytes), [
    { stream: 'stdout', text: 'one' },
    { stream: 'stderr', text: 'oops' },
    { stream: 'stdout', text: 'two' },
    { stream: 'stdout', text: '' },
    { stream: 'stdout', text: 'end' },
  ]);
});

test('a line without an end is not kept for ever', async () => {
  const lines = await read(Array.from({ length: 5 }, () => frame(1, Buffer.alloc(40_000, 'x'))));
  assert.deepEqual(
    lines.map(({ text }) => text.length),
    [80_000, 80_000, 40_000],
  );
});

test('the bytes of a terminal are refused', async () => {
  await assert.rejects(
    read([Buffer.from('no frames here at all')]),
    (error) => error instanceof PycontainerError && error.code === 'engine-answer',
  );
});

test('how the bytes are cut on the way makes no difference', async () => {
  const written = fc.array(fc.tuple(fc.constantFrom<1 | 2>(1, 2), fc.constantFrom('a', 'é\n', '\n', 'long €', '')));
  const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(written, cuts, async (parts, lengths) => {
      const bytes = Buffer.concat(parts.map(([stream, text]) => frame(stream, Buffer.from(text))));
      const chunks: Buffer[] = [];
      for (let at = 0, index = 0; at < bytes.length; index++) {
        const length = lengths[index % lengths.length] ?? 1;
        chunks.push(bytes.subarray(at, at + length));
        at += length;
      }
      const of = (stream: 1 | 2): string[] => {
        const text = parts.flatMap(([one, part]) => (one === stream ? [part] : [])).join('');
        return text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
      };
      const lines = await read(chunks);
      const told = (stream: string): string[] => lines.flatMap((line) => (line.stream === stream ? [line.text] : []));
      assert.deepEqual([told('stdout'), told('stderr')], [of(1), of(2)]);
    }),
    { numRuns: 200 },
  );
});
