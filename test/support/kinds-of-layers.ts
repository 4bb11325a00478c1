import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { Entry } from '../../src/layer/entry.ts';
import { wheelEntries } from '../../src/python/install/entries.ts';
import { withFolders } from '../../src/python/install/folders.ts';
import { installedFacts } from '../../src/python/install/installed.ts';
import { recordEntries } from '../../src/python/install/record.ts';
import { venvEntries } from '../../src/python/install/venv.ts';
import { openWheel } from '../../src/python/install/wheel.ts';
import { bytesFrom, directory, file, hardlink, symlink } from '../layer/trees.ts';
import { type MemberSpec, writeWheel } from './wheel.ts';

/** The entries of each kind of layer that images are made of, base layer first. */
export interface KindsOfLayers {
  readonly package: readonly Entry[];
  readonly venv: readonly Entry[];
  readonly app: readonly Entry[];
}

const install = { prefix: '/opt/venv', pythonVersion: [3, 12], layout: 'venv' } as const;

/** With all that is hard to read; the wheel is written into the folder. */
export async function kindsOfLayers(folder: string): Promise<KindsOfLayers> {
  const { path: archive, filename } = await writeWheel(folder, {
    members: wheelMembers(),
    entryPoints: '[console_scripts]\ndemo = demo:main\n',
  });
  const wheel = await openWheel(path.resolve(archive), filename);
  const facts = await installedFacts(wheel, install, new Map());
  return {
    package: wheelEntries(wheel, install),
    venv: withFolders([
      ...new Map(
        [
          ...venvEntries({ ...install, interpreter: '/usr/local/bin/python3.12', version: '3.12.7' }),
          ...recordEntries(facts, install, { requested: true }),
        ].map((entry) => [entry.path, entry]),
      ).values(),
    ]),
    app: appTree(),
  };
}

/** Deflate streams of every kind, of sizes from nothing to more than is held in memory. */
function wheelMembers(): readonly MemberSpec[] {
  const deflated = (name: string, data: Buffer, options: object): MemberSpec => ({
    name,
    data,
    raw: deflateRawSync(data, options),
  });
  const text = bytesFrom(3, 200_000);
  return [
    deflated('demo/fixed.bin', text, { strategy: 4 }),
    deflated('demo/best.bin', text, { level: 9 }),
    deflated('demo/plain.bin', text, { level: 0 }),
    deflated('demo/runs.bin', Buffer.alloc(100_000, 'ab'), { strategy: 3 }),
    deflated('demo/huge.bin', manyBytes(4, 4_500_000), { level: 1 }),
    { name: 'demo/stored.bin', data: text, method: 0 },
    { name: 'demo/zip64.bin', data: bytesFrom(5, 60_000), zip64: true },
    { name: 'demo/__init__.py', data: '' },
    { name: 'demo/größe.py', data: 'x = 1\n' },
    { name: `demo/${'long_name_'.repeat(16)}.py`, data: 'y = 1\n' },
    { name: 'demo/tool.so', data: text, mode: 0o100755 },
    ...Array.from({ length: 100 }, (_, index) => ({ name: `demo/m${index}.py`, data: bytesFrom(index, index * 80) })),
  ];
}

function appTree(): readonly Entry[] {
  const deep = `app/${'deep/'.repeat(60)}end`;
  const shared = file('app/shared.bin', bytesFrom(6, 70_000), { mode: 0o600 });
  return withFolders([
    { ...directory('app'), mode: 0o750, uid: 1000, gid: 1000 },
    { ...directory('app/tmp'), mode: 0o1777 },
    file('app/empty', ''),
    file('app/large.bin', manyBytes(7, 2_600_000)),
    ...Array.from({ length: 120 }, (_, index) => file(`app/mod${index}.py`, bytesFrom(index, index * 20))),
    file(`app/${'x'.repeat(101)}`, 'no slash to split at'),
    file(`app/${'y'.repeat(255)}`, 'the longest name there is'),
    file(`app/${'folder/'.repeat(20)}split.py`, 'split at a slash'),
    file(deep, 'beyond 255 bytes'),
    file('app/näme \u{1f40d}.txt', 'composed'),
    file('app/gru\u0308n \u{1f40d}.txt', 'decomposed'),
    file(`app/${'日'.repeat(60)}`, 'of 180 bytes'),
    file('app/ a\nb\\c=d %41"\'*?', 'odd letters'),
    file('app/-rf', 'a flag'),
    file('app/program', '#!/bin/sh\n', { mode: 0o4755 }),
    file('app/private', 'x', { mode: 0o400, uid: 0o10000000, gid: 65_534 }),
    file('app/dated', 'x', { mtimeSeconds: 1_700_000_000 }),
    symlink('app/absolute', '/etc/passwd'),
    symlink('app/nowhere', '../../nowhere'),
    symlink('app/far', `../${'up/'.repeat(50)}there`),
    symlink('app/ünïcode', 'näme \u{1f40d}.txt'),
    hardlink('app/again', 'app/shared.bin'),
    shared,
    hardlink(`${deep}-again`, 'app/shared.bin'),
    hardlink('app/zz', 'app/empty'),
  ]);
}

/** What repeats is too far away from itself for deflate to see. */
function manyBytes(seed: number, length: number): Buffer {
  return Buffer.alloc(length, bytesFrom(seed, 70_001));
}
