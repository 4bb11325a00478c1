import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../../src/errors.ts';
import { wheelEntries } from '../../../src/python/install/entries.ts';
import { memberName } from '../../../src/python/install/member-name.ts';
import { openWheel } from '../../../src/python/install/wheel.ts';
import { makeWheel } from '../../support/wheel.ts';

const target = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' } as const;
const { bytes, filename } = makeWheel({
  files: { 'demo/__init__.py': 'x = 1\n'.repeat(50), 'demo-1.0.data/scripts/s': '#!python\nprint()\n' },
  members: [
    { name: 'demo/d', data: 'descriptor', descriptor: true },
    { name: 'demo/z', data: 'wide', zip64: true },
  ],
  entryPoints: '[console_scripts]\ntool = demo:main\n',
  zip: { zip64: true, comment: 'words' },
});
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
});
after(() => rm(folder, { recursive: true }));

/** Opens and places a wheel: nothing but an error of ours may come out, and no path outside of the prefix. */
async function survives(wheel: Buffer): Promise<void> {
  const path = join(folder, filename);
  await writeFile(path, wheel);
  try {
    for (const entry of wheelEntries(await openWheel(path, filename), target)) {
      const inside = entry.path === 'opt' || entry.path === 'opt/venv' || entry.path.startsWith('opt/venv/');
      assert.ok(inside && !entry.path.split('/').includes('..'), entry.path);
    }
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    assert.ok(error.code === 'wheel-invalid', error.message);
  }
}

const position = fc.nat({ max: bytes.length - 1 });
const values = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0xff, 0x2e, 0x2f, 0x50));

test('a wheel with changed bytes is installed or refused', async () => {
  const changes = fc.array(fc.tuple(position, values), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(changes, async (edits) => {
      const changed = Buffer.from(bytes);
      for (const [at, value] of edits) changed[at] = value;
      await survives(changed);
    }),
    { numRuns: 400 },
  );
});

test('a wheel whose table of contents has changed fields is installed or refused', async () => {
  const start = bytes.indexOf('PK\u0001\u0002', 0, 'latin1');
  const field = fc.tuple(
    fc.integer({ min: start, max: bytes.length - 5 }),
    fc.constantFrom(0, 1, 0xffff, 0x7fffffff, 0xffffffff),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 3 }), async (edits) => {
      const changed = Buffer.from(bytes);
      for (const [at, value] of edits) changed.writeUInt32LE(value, at);
      await survives(changed);
    }),
    { numRuns: 400 },
  );
});

test('a wheel that is cut or doubled is installed or refused', async () => {
  await fc.assert(
    fc.asyncProperty(position, position, async (from, to) => {
      await survives(bytes.subarray(Math.min(from, to), Math.max(from, to)));
      await survives(Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
    }),
    { numRuns: 200 },
  );
});

test('no texts inside a wheel do harm', async () => {
  const line = fc.oneof(
    fc.constantFrom(
      '[console_scripts]',
      '[gui_scripts]',
      'a = b:c',
      '../x = a:b',
      'Name: demo',
      'Version: 1.0',
      ' x',
      '"',
      ',,',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (metadata, wheel, record, entryPoints) => {
      const info = {
        METADATA: `Name: demo\nVersion: 1.0\n${metadata}`,
        WHEEL: `Wheel-Version: 1.0\n${wheel}`,
        RECORD: record,
      };
      await survives(makeWheel({ entryPoints, info }).bytes);
    }),
    { numRuns: 200 },
  );
});

test('a name that is read has no way out and is read again as itself', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '\\', '\0', '.wh.', 'C:', 'é', '/');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      let read;
      try {
        read = memberName(Buffer.from(parts.join('/')), 0x0800, 'x.whl');
      } catch (error) {
        assert.ok(error instanceof PycontainerError && error.code === 'wheel-invalid');
        return;
      }
      assert.ok(!/^\/|\\|\0|(?:^|\/)(?:\.\.?|)(?:\/|$)/.test(read.path), read.path);
      assert.deepEqual(memberName(Buffer.from(read.path), 0x0800, 'x.whl'), { path: read.path, folder: false });
    }),
    { numRuns: 2000 },
  );
});
