import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import type { BinaryFact } from '../../../src/python/install/binaries.ts';
import { installedFacts } from '../../../src/python/install/installed.ts';
import type { InstallTarget } from '../../../src/python/install/target.ts';
import { openWheel } from '../../../src/python/install/wheel.ts';
import { type ElfParts, makeElf } from '../../support/elf.ts';
import { type MemberSpec, writeWheel } from '../../support/wheel.ts';

const target: InstallTarget = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' };
const site = 'opt/venv/lib/python3.12/site-packages';
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binaries-'));
});
after(() => rm(folder, { recursive: true }));

async function binariesOf(members: readonly MemberSpec[]): Promise<readonly BinaryFact[]> {
  const { path, filename } = await writeWheel(folder, { members });
  return (await installedFacts(await openWheel(path, filename), target)).binaries;
}

const library: ElfParts = { needed: ['libpq.so.5', 'libc.so.6'], soname: 'libown.so.1', rpath: '$ORIGIN/../own.libs' };

test('ELF files are found by their bytes, whatever their name, at their place in the image', async () => {
  const found = await binariesOf([
    { name: 'demo/_c.abi3.so', data: makeElf(library) },
    { name: 'demo/model.bin', data: makeElf({ machine: 183 }) },
    { name: 'demo-1.0.data/scripts/tool', data: makeElf({ interpreter: '/lib/ld-musl-x86_64.so.1' }) },
    { name: 'demo/libtext.so', data: '/* GNU ld script */\nINPUT(libm.so.6)\n' },
    { name: 'demo/short.so', data: '\x7fEL' },
    { name: 'demo/__init__.py', data: '' },
  ]);
  assert.deepEqual(found, [
    {
      path: `${site}/demo/_c.abi3.so`,
      machine: 'x86_64',
      needed: ['libpq.so.5', 'libc.so.6'],
      soname: 'libown.so.1',
    },
    { path: `${site}/demo/model.bin`, machine: 'aarch64', needed: [] },
    { path: 'opt/venv/bin/tool', machine: 'x86_64', interpreter: '/lib/ld-musl-x86_64.so.1', needed: [] },
  ]);
});

test('a file that only begins like ELF says nothing, and does no harm', async () => {
  const cut = makeElf(library).subarray(0, 200);
  const found = await binariesOf([
    { name: 'demo/a.so', data: '\x7fELF and then text' },
    { name: 'demo/b.so', data: Buffer.concat([Buffer.from('\x7fELF\x02\x01', 'latin1'), randomBytes(200)]) },
    { name: 'demo/c.so', data: cut },
  ]);
  assert.deepEqual(found.map(({ needed }) => needed).flat(), []);
});

for (const [how, method] of [
  ['deflated', 8],
  ['stored', 0],
] as const) {
  test(`a dynamic section far from the start is found (${how})`, async () => {
    const data = makeElf({ ...library, gapBytes: 3 << 20 });
    const [found] = await binariesOf([{ name: 'demo/_c.so', data, method }]);
    assert.deepEqual(found?.needed, library.needed);
  });
}

test('names that stand before what names them are found by reading again', async () => {
  const data = movedDynamic(makeElf(library), 2 << 20);
  const [found] = await binariesOf([{ name: 'demo/_c.so', data }]);
  assert.deepEqual(found?.needed, library.needed);
  assert.equal(found?.soname, library.soname);
});

test('the start is found behind the longest head that a deflate stream can begin with', async () => {
  const data = Buffer.concat([makeElf(library), randomBytes(100_000)]);
  const raw = deflateRawSync(data, { strategy: constants.Z_HUFFMAN_ONLY, level: 9 });
  const [found] = await binariesOf([{ name: 'demo/_c.so', data, raw }]);
  assert.deepEqual(found?.needed, library.needed);
});

/** Moves the dynamic section, which makeElf puts last, behind a gap; its strings stay where they are. */
function movedDynamic(elf: Buffer, gapBytes: number): Buffer {
  const headers = [64, 64 + 56];
  const at = headers.find((offset) => elf.readUInt32LE(offset) === 2) ?? 0;
  const offset = Number(elf.readBigUInt64LE(at + 8));
  const moved = Buffer.concat([elf.subarray(0, offset), Buffer.alloc(gapBytes), elf.subarray(offset)]);
  moved.writeBigUInt64LE(BigInt(offset + gapBytes), at + 8);
  return moved;
}
