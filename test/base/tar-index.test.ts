import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { TarIndex } from '../../src/base/tar-index.ts';
import { regionBytes } from '../../src/base/verified.ts';
import { rejectsWith } from '../support/rejects.ts';
import { hardlink, symlink, tarOf } from './image.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-tar-'));
after(() => fs.rmSync(folder, { recursive: true }));

function written(bytes: Buffer): string {
  const file = path.join(folder, 'a.tar');
  fs.writeFileSync(file, bytes);
  return file;
}

async function textAt(index: TarIndex, name: string): Promise<string | undefined> {
  const region = index.locate(name);
  return region === undefined ? undefined : (await regionBytes(region)).toString();
}

/** A header as old and GNU tars write it: no magic, an own type flag, an own size field. */
function header(name: string, flag: string, size: Buffer): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  size.copy(block, 124);
  block.write('        ', 148);
  block.write(flag, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const octal = (size: number): Buffer => Buffer.from(`${size.toString(8).padStart(11, '0')}\0`);
const padded = (text: string): Buffer => Buffer.concat([Buffer.from(text), Buffer.alloc(512 - (text.length % 512))]);
const end = Buffer.alloc(1024);

test('files are found by any spelling of their path, with names of every length', async () => {
  const long = `${'folder/'.repeat(40)}file`;
  const index = await TarIndex.read(written(await tarOf({ './a': 'one', 'b/c': '', [long]: 'long', ünïcode: 'u' })));
  for (const name of ['a', './a', '/a', 'x/../a']) assert.equal(await textAt(index, name), 'one', name);
  assert.equal(await textAt(index, 'b/c'), '');
  assert.equal(await textAt(index, long), 'long');
  assert.equal(await textAt(index, 'ünïcode'), 'u');
  assert.equal(index.locate('none'), undefined);
});

test('links are followed, circles and links to nothing are not', async () => {
  const files = {
    'd/a': 'text',
    'd/s': symlink('a'),
    e: symlink('./d/../d/s'),
    h: hardlink('d/a'),
    c: symlink('c'),
    n: symlink('none'),
  };
  const index = await TarIndex.read(written(await tarOf(files)));
  for (const name of ['d/s', 'e', 'h']) assert.equal(await textAt(index, name), 'text', name);
  for (const name of ['c', 'n', 'd']) assert.equal(index.locate(name), undefined, name);
});

test('the last of two files with one name counts', async () => {
  const bytes = Buffer.concat([(await tarOf({ a: 'old' })).subarray(0, 1024), await tarOf({ a: 'new' })]);
  assert.equal(await textAt(await TarIndex.read(written(bytes)), 'a'), 'new');
});

test("GNU's long names and base-256 sizes, and the empty type flag of old tars", async () => {
  const name = 'x'.repeat(150);
  const base256 = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
  const bytes = Buffer.concat([
    header('././@LongLink', 'L', octal(151)),
    padded(`${name}\0`),
    header('short', '0', base256),
    padded('gnu!'),
    header('old', '\0', octal(3)),
    padded('old'),
    end,
  ]);
  const index = await TarIndex.read(written(bytes));
  assert.equal(await textAt(index, name), 'gnu!');
  assert.equal(await textAt(index, 'old'), 'old');
  assert.equal(index.locate('short'), undefined);
});

test('a PAX size is taken before that of the header', async () => {
  const record = '10 size=5\n';
  const bytes = Buffer.concat([
    header('p', 'x', octal(10)),
    padded(record),
    header('a', '0', octal(0)),
    padded('12345'),
    end,
  ]);
  assert.equal(await textAt(await TarIndex.read(written(bytes)), 'a'), '12345');
});

test('a body that leads out of the file, a wrong checksum and a PAX size that is no number are refused', async () => {
  const good = await tarOf({ a: 'text' });
  const damaged = Buffer.from(good).fill('9', 130, 131);
  const notANumber = Buffer.concat([
    header('p', 'x', octal(11)),
    padded('11 size=-5\n'),
    header('a', '0', octal(0)),
    end,
  ]);
  for (const bytes of [Buffer.concat([header('a', '0', octal(5000)), end]), damaged, notANumber]) {
    await rejectsWith(TarIndex.read(written(bytes)), 'archive-invalid');
  }
});

test('whatever bytes of a tar are changed, it is read or refused as archive-invalid', async () => {
  const good = await tarOf({ a: 'text', [`${'long/'.repeat(40)}b`]: 'more', c: symlink('a') });
  const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(good.length), async (changes, length) => {
      const bytes = Buffer.from(good);
      for (const { at, byte } of changes) bytes[at] = byte;
      const index = await TarIndex.read(written(bytes.subarray(0, length))).catch((error: unknown) => error);
      assert(index instanceof TarIndex || (index instanceof PycontainerError && index.code === 'archive-invalid'));
    }),
    { numRuns: 200 },
  );
});
