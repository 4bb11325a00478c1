import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readBinary } from '../../src/base/binary.ts';
import { MarkFinder } from '../../src/base/marks.ts';
import { makeElf } from '../support/elf.ts';

const banner = 'GNU C Library (Debian GLIBC 2.36-9+deb12u7) stable release version 2.36';
const text = `x\0${banner}.\nCopyright\0 3.1.4 \x003.11.2\0/opt/python/3.12.1\x003.13.0rc1+\x001.2.3.4\0v2.0.0\x003.15.0a10\0`;
const expected = ['3.11.2', '3.12.1', '3.13.0rc1', '3.15.0a10', banner];

function found(chunks: readonly Buffer[]): string[] {
  const finder = new MarkFinder();
  for (const chunk of chunks) finder.add(chunk);
  return finder.marks.toSorted();
}

test('versions that stand alone, and the banner of glibc, are found wherever the chunks are cut', () => {
  const bytes = Buffer.concat([Buffer.alloc(700, 'y'), Buffer.from(text, 'latin1')]);
  assert.deepEqual(found([bytes]), expected);
  for (let at = 690; at < bytes.length; at += 1) {
    assert.deepEqual(found([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`);
  }
  assert.deepEqual(found(Array.from(bytes, (byte) => Buffer.from([byte]))), expected);
});

test('a file of nothing but versions gives a bounded number', () => {
  const many = Array.from({ length: 500 }, (_, index) => `\x003.1.${index}`).join('');
  assert.equal(found([Buffer.from(`${many}\0`)]).length, 64);
});

test('a program tells its machine and loader, a library no loader, a script nothing', async () => {
  const read = (bytes: Buffer): ReturnType<typeof readBinary> => readBinary(Readable.from([bytes]));
  const loader = '/lib/ld-linux-aarch64.so.1';
  assert.deepEqual(await read(makeElf({ machine: 183, interpreter: loader })), {
    machine: 'aarch64',
    loader,
    marks: [],
  });
  assert.deepEqual(await read(makeElf({})), { machine: 'x86_64', marks: [] });
  assert.deepEqual(await read(makeElf({ machine: 8 })), { marks: [] });
  assert.equal(await read(Buffer.from('#!/bin/sh\n')), undefined);
  assert.equal(await read(Buffer.alloc(0)), undefined);
});
