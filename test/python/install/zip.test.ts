import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readMember } from '../../../src/python/install/member.ts';
import { type WheelProblem, wheelProblem } from '../../../src/python/install/problem.ts';
import { type ZipArchive, readZip } from '../../../src/python/install/zip.ts';
import { type MemberSpec, type ZipSpec, makeZip } from '../../support/wheel.ts';

let folder: string;
let count = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-'));
});
after(() => rm(folder, { recursive: true }));

async function archive(bytes: Buffer): Promise<string> {
  count += 1;
  const path = join(folder, `${count}.zip`);
  await writeFile(path, bytes);
  return path;
}

async function read(members: readonly MemberSpec[], spec: ZipSpec = {}): Promise<ZipArchive> {
  return readZip(await archive(makeZip(members, spec)), 'x.whl');
}

async function problemOf(bytes: Buffer): Promise<WheelProblem | undefined> {
  const path = await archive(bytes);
  try {
    readZip(path, 'x.whl');
  } catch (error) {
    return wheelProblem(error);
  }
  return undefined;
}

const hello = { name: 'a/hello.txt', data: 'hello hello hello' };

describe('every file of an archive is found, and its data where the archive says', () => {
  const ways: Record<string, [MemberSpec, ZipSpec]> = {
    deflated: [hello, {}],
    stored: [{ ...hello, method: 0 }, {}],
    'with sizes behind the data': [{ ...hello, descriptor: true }, {}],
    'with zip64 sizes': [{ ...hello, zip64: true }, {}],
    'with a zip64 end': [hello, { zip64: true }],
    'with a long extra field': [
      { ...hello, extra: Buffer.concat([Buffer.from([0xfe, 0xca, 0x2c, 1]), Buffer.alloc(300)]) },
      {},
    ],
    'with a comment': [hello, { comment: 'words' }],
    'behind other bytes': [hello, { prefix: Buffer.from('#!/bin/sh\n') }],
    'behind other bytes, with a zip64 end': [hello, { prefix: Buffer.from('junk'), zip64: true }],
    'before other bytes': [hello, { suffix: Buffer.from('junk') }],
  };
  for (const [way, [member, spec]] of Object.entries(ways)) {
    test(way, async () => {
      const { files, strayBytes } = await read([{ name: 'first', data: 'x' }, member], spec);
      const [, file] = files;
      assert.equal(file?.path, 'a/hello.txt');
      assert.equal(file.sizeBytes, 17);
      assert.equal(file.mode, 0o100644);
      assert.equal((await readMember(file, 'x.whl')).toString(), hello.data);
      assert.equal(strayBytes, (spec.prefix?.length ?? 0) + (spec.suffix?.length ?? 0));
    });
  }
});

test('an archive of nothing has no files', async () => {
  assert.deepEqual((await read([])).files, []);
});

test('empty and dot segments of names are dropped, folders are told apart', async () => {
  const { files, folders } = await read([{ name: './a//b/./c' }, { name: 'a/d/', mode: 0o40755 }]);
  assert.deepEqual([files.map((file) => file.path), folders], [['a/b/c'], ['a/d']]);
});

test('names are UTF-8 and keep their bytes', async () => {
  const { files } = await read([{ name: 'e\u0301.txt' }, { name: '\u00e9.txt' }]);
  assert.deepEqual(
    files.map((file) => file.path),
    ['e\u0301.txt', '\u00e9.txt'],
  );
});

test('of several files with one path the last is taken, and told when they differ', async () => {
  const { files, duplicates } = await read([
    { name: 'same', data: '1' },
    { name: 'other', data: '1' },
    { name: 'same', data: '1' },
    { name: './other', data: '2' },
  ]);
  assert.deepEqual(
    files.map((file) => file.path),
    ['same', 'other'],
  );
  assert.equal((await readMember(files[1]!, 'x.whl')).toString(), '2');
  assert.deepEqual(duplicates, ['other']);
});

describe('refused', () => {
  const big = Buffer.alloc(9 * 1024 * 1024);
  const second = Buffer.concat([Buffer.from([0x75, 0x70, 8, 0, 1, 0, 0, 0, 0]), Buffer.from('abc')]);
  const plain = makeZip([hello]);
  const cases: [string, WheelProblem, readonly MemberSpec[] | Buffer, ZipSpec?][] = [
    ['no archive', 'not-a-zip', Buffer.from('hello')],
    ['nothing', 'not-a-zip', Buffer.alloc(0)],
    ['an archive without its end', 'not-a-zip', plain.subarray(0, -1)],
    ['an archive without its beginning', 'zip-damaged', plain.subarray(40)],
    ['a name that leads out', 'path-escapes', [{ name: 'a/../../b' }]],
    ['a name that goes up and stays inside', 'path-escapes', [{ name: 'a/../b' }]],
    ['an absolute name', 'path-absolute', [{ name: '/etc/passwd' }]],
    ['a drive letter', 'path-absolute', [{ name: 'C:/x' }]],
    ['a backslash', 'path-backslash', [{ name: 'a\\b' }]],
    ['a NUL', 'name-invalid', [{ name: 'a\0b' }]],
    ['no name', 'name-invalid', [{ name: '' }]],
    ['a name of dots and slashes', 'name-invalid', [{ name: './/' }]],
    ['a name that no disk takes', 'name-invalid', [{ name: 'x'.repeat(256) }]],
    ['a whiteout', 'path-whiteout', [{ name: 'a/.wh.b' }]],
    ['an opaque folder', 'path-whiteout', [{ name: '.wh..wh..opq' }]],
    ['a name that is not UTF-8', 'name-encoding', [{ name: Buffer.from([0xff]), flags: 0x0800 }]],
    ['a name that is not marked as UTF-8', 'name-encoding', [{ name: 'é', flags: 0 }]],
    ['a symbolic link', 'symlink', [{ name: 'a', data: '/etc/passwd', mode: 0o120777 }]],
    ['a device', 'special-file', [{ name: 'a', mode: 0o060644 }]],
    ['a pipe', 'special-file', [{ name: 'a', mode: 0o010644 }]],
    ['a file below a file', 'file-and-folder', [{ name: 'a' }, { name: 'a/b' }]],
    ['a folder that is a file', 'file-and-folder', [{ name: 'a/' }, { name: 'a' }]],
    ['an encrypted file', 'encrypted', [{ ...hello, flags: 1 }]],
    ['a file that is a patch', 'zip-unsupported', [{ ...hello, flags: 0x20 }]],
    ['bzip2', 'method-unknown', [{ ...hello, method: 12 }]],
    ['another name in the local header', 'headers-disagree', [{ name: 'abc', local: { name: 'abd' } }]],
    ['another method in the local header', 'headers-disagree', [{ ...hello, local: { method: 0 } }]],
    ['other flags in the local header', 'headers-disagree', [{ ...hello, local: { flags: 0x0800 } }]],
    ['another checksum in the local header', 'headers-disagree', [{ ...hello, local: { crc32: 1 } }]],
    ['another size in the local header', 'headers-disagree', [{ ...hello, local: { sizeBytes: 1 } }]],
    [
      'another size before the data than behind it',
      'headers-disagree',
      [{ ...hello, descriptor: true, local: { sizeBytes: 1 } }],
    ],
    ['a stored file of two sizes', 'headers-disagree', [{ ...hello, method: 0, sizeBytes: 3 }]],
    ['a second name', 'headers-disagree', [{ ...hello, extra: second }]],
    ['two files with the same data', 'members-overlap', [hello, { ...hello, localOffset: 0 }]],
    ['a size that deflate cannot hold', 'bomb', [{ ...hello, sizeBytes: 1_000_000 }]],
    ['a bomb', 'bomb', [{ name: 'zeros', data: big }]],
    [
      'many small bombs',
      'bomb',
      Array.from({ length: 13 }, (_, n) => ({ name: `${n}`, data: big.subarray(0, 6 << 20) })),
    ],
    ['several disks', 'zip-unsupported', [hello], { end: { disk: 1 } }],
    ['more files than are said', 'zip-damaged', [hello, { name: 'b' }], { end: { count: 1 } }],
    ['fewer files than are said', 'zip-damaged', [hello], { end: { count: 2 } }],
    ['a table of contents that is too long', 'zip-damaged', [hello], { end: { sizeBytes: 1 << 30 } }],
    ['a table of contents that is elsewhere', 'zip-damaged', [hello], { end: { offset: 1 } }],
    ['end records that disagree', 'headers-disagree', [hello], { zip64: true, end: { count: 7 } }],
    ['a file header that is elsewhere', 'zip-damaged', [{ ...hello, localOffset: 5 }]],
    ['a file header behind the end', 'zip-damaged', [{ ...hello, localOffset: 100_000 }]],
  ];
  for (const [what, problem, made, spec] of cases) {
    test(what, async () => {
      assert.equal(await problemOf(Buffer.isBuffer(made) ? made : makeZip(made, spec)), problem);
    });
  }
});

describe('a member that is not what its headers say is refused when it is read', () => {
  const cases: Record<string, MemberSpec> = {
    'another checksum': { ...hello, crc32: 1 },
    'more bytes than said': { ...hello, sizeBytes: 5 },
    'fewer bytes than said': { ...hello, sizeBytes: 50 },
    'no deflate stream': { ...hello, raw: Buffer.from([0xff, 0xff, 0xff]) },
    'a deflate stream without its end': { ...hello, raw: Buffer.from([0x00, 0x11, 0x00, 0xee, 0xff]) },
    'no data at all': { ...hello, sizeBytes: 0, raw: Buffer.alloc(0), crc32: 1 },
  };
  for (const [what, member] of Object.entries(cases)) {
    test(what, async () => {
      const { files } = await read([member]);
      await assert.rejects(readMember(files[0]!, 'x.whl'), (error) => wheelProblem(error) === 'member-damaged');
    });
  }
});
