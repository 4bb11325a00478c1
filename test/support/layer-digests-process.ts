import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Compression } from '../../src/config/target.ts';
import { encoderDifference } from '../../src/layer/encoder.ts';
import { makeLayer } from '../../src/layer/make.ts';
import { Store } from '../../src/store/store.ts';
import { file } from '../layer/trees.ts';
import { kindsOfLayers } from './kinds-of-layers.ts';

/**
 * Makes every kind of layer in the compressions that are named (`gzip-5`), and prints their digests and what they were
 * made with, as JSON. With `--workers` so much is made before that worker threads take over.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'boolean', default: false }, folder: { type: 'string', default: os.tmpdir() } },
});

let workers = 0;
process.on('worker', () => {
  workers += 1;
});

const folder = fs.mkdtempSync(path.join(values.folder, 'pycontainer-digests-'));
try {
  const store = await Store.open(path.join(folder, 'store'));
  const options = { store, mtimeSeconds: 315_532_800 };
  if (values.workers) {
    await makeLayer([file('much', Buffer.alloc(33 << 20))], { ...options, compression: { type: 'none' } });
  }
  const kinds = await kindsOfLayers(folder);
  const digests: Record<string, string> = {};
  for (const name of positionals) {
    for (const [kind, entries] of Object.entries(kinds)) {
      const { digest, diffId } = await makeLayer(entries, { ...options, compression: compressionOf(name) });
      digests[`${kind} ${name}`] = `${digest} ${diffId}`;
    }
  }
  const { version, arch } = process;
  process.stdout.write(`${JSON.stringify({ version, arch, workers, encoderDifference, digests })}\n`);
} finally {
  fs.rmSync(folder, { recursive: true });
}

function compressionOf(name: string): Compression {
  const [type, level] = name.split('-');
  if (type !== 'gzip' && type !== 'zstd' && type !== 'none') throw new Error(`${name} is no compression`);
  return { type, ...(level !== undefined && { level: Number(level) }) };
}
