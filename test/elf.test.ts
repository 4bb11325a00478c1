import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { elfMachine, readElf } from '../src/elf.ts';
import { makeElf } from './support/elf.ts';

const library = {
  machine: 183,
  flags: 7,
  interpreter: '/lib/ld-musl-aarch64.so.1',
  needed: ['libm.so.6', 'libstdc++.so.6'],
  soname: 'libä.so.1',
  rpath: '/opt/a:/opt/b',
  runpath: '$ORIGIN/../numpy.libs',
};

for (const bits of [32, 64] as const)
  for (const littleEndian of [true, false])
    test(`everything is read from a file of ${bits} bits, ${littleEndian ? 'little' : 'big'} end first`, () => {
      assert.deepEqual(readElf(makeElf({ ...library, bits, littleEndian })), {
        bits,
        littleEndian,
        machine: 183,
        flags: 7,
        interpreter: '/lib/ld-musl-aarch64.so.1',
        dynamic: {
          needed: ['libm.so.6', 'libstdc++.so.6'],
          soname: 'libä.so.1',
          rpath: ['/opt/a', '/opt/b'],
          runpath: ['$ORIGIN/../numpy.libs'],
        },
        complete: true,
      });
    });

test('a static program has neither a loader nor libraries, and is complete', () => {
  const elf = readElf(makeElf());
  assert.deepEqual([elf?.interpreter, elf?.dynamic, elf?.complete], [undefined, undefined, true]);
});

test('the first 8 KiB tell the machine and the loader, and that there is more', () => {
  const bytes = makeElf({ ...library, gapBytes: 100_000 });
  const elf = readElf(bytes.subarray(0, 8192));
  assert.deepEqual(
    [elf?.machine, elf?.interpreter, elf?.dynamic, elf?.complete],
    [183, '/lib/ld-musl-aarch64.so.1', undefined, false],
  );
});

test('through a function only the parts that are needed are asked for', () => {
  const bytes = makeElf({ ...library, gapBytes: 1_000_000 });
  let asked = 0;
  const elf = readElf((offset, length) => {
    asked += length;
    return bytes.subarray(offset, offset + length);
  });
  assert.deepEqual(elf, readElf(bytes));
  assert.ok(asked < 50_000, `${asked} bytes`);
});

test('what is no ELF file is undefined', () => {
  const good = makeElf(library);
  for (const [offset, value] of [
    [0, 0x7e],
    [4, 0],
    [4, 3],
    [5, 0],
    [5, 9],
  ] as const) {
    const bytes = Buffer.from(good);
    bytes[offset] = value;
    assert.equal(readElf(bytes), undefined);
  }
  for (const bytes of [Buffer.alloc(0), good.subarray(0, 63), Buffer.from('#!/bin/sh\n'.repeat(10))])
    assert.equal(readElf(bytes), undefined);
});

test('a name without an end is left out', () => {
  const bytes = makeElf({ needed: ['liba.so', 'libb.so'] });
  const end = bytes.indexOf('libb.so\0') + 'libb.so'.length;
  bytes[end] = 0x78;
  const elf = readElf(bytes);
  assert.deepEqual([elf?.dynamic?.needed, elf?.complete], [['liba.so'], false]);
});

test('tables that lie outside the file are absent', () => {
  const bytes = makeElf(library);
  bytes.writeBigUInt64LE(0xffff_ffff_ffff_fff0n, 32);
  assert.deepEqual(readElf(bytes), { bits: 64, littleEndian: true, machine: 183, flags: 7, complete: false });
});

test('cut anywhere and with any bytes changed, it is read without an error', () => {
  const good = makeElf(library);
  const damage = fc.record({
    end: fc.nat(good.length),
    changes: fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(damage, ({ end, changes }) => {
      const bytes = Buffer.from(good);
      for (const [offset, value] of changes) bytes[offset] = value;
      const elf = readElf(bytes.subarray(0, end));
      assert.ok(elf === undefined || (elf.dynamic?.needed.length ?? 0) < 100);
    }),
    { numRuns: 2000 },
  );
});

test('machines have the names that Python gives them', () => {
  const nameOf = (parts: Parameters<typeof makeElf>[0]): string | undefined => {
    const elf = readElf(makeElf(parts));
    return elf && elfMachine(elf);
  };
  assert.equal(nameOf({ machine: 62 }), 'x86_64');
  assert.equal(nameOf({ machine: 183 }), 'aarch64');
  assert.equal(nameOf({ machine: 3, bits: 32 }), 'i686');
  assert.equal(nameOf({ machine: 21 }), 'ppc64le');
  assert.equal(nameOf({ machine: 22, littleEndian: false }), 's390x');
  assert.equal(nameOf({ machine: 243 }), 'riscv64');
  assert.equal(nameOf({ machine: 40, bits: 32, flags: 0x5000400 }), 'armhf');
  assert.equal(nameOf({ machine: 40, bits: 32, flags: 0x5000200 }), 'armel');
  assert.equal(nameOf({ machine: 62, bits: 32 }), undefined, 'x32 has no wheels');
});
