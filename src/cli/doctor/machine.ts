import { statfs } from 'node:fs/promises';
import { connectEngine } from '../../engine/connect.ts';
import { isEngine } from '../../engine/engine.ts';
import { encoderDifference } from '../../layer/encoder.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { locateStore } from '../../store/locate.ts';
import { listStore } from '../../store/prune.ts';
import { Store } from '../../store/store.ts';
import { counted, formatBytes } from '../../ui/units.ts';
import { version } from '../version.ts';
import type { Notebook } from './finding.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Below this a build of some size fails. */
const littleBytes = 2e9;

export function lookAtProgram({ ok, note, broken }: Notebook): void {
  ok(`pycontainer ${version}, Node.js ${process.versions.node} on ${process.platform} ${process.arch}`);
  if (encoderDifference === '')
    ok('It compresses as the official builds of Node.js do, so digests are the same everywhere');
  else {
    note(
      'This Node.js compresses in its own way, so layers get other digests here than elsewhere',
      'Use a build of Node.js from nodejs.org, or the npm package `node`.',
    );
  }
  if (process.platform === 'win32') broken('Windows is not supported', 'Run pycontainer inside WSL.');
}

/** Whether it can be written to is found by opening it, as every build does. */
export async function lookAtStore({ ok, note, failed }: Notebook, env: Env): Promise<void> {
  try {
    const store = await Store.open(locateStore({ ...env }, process.platform));
    const { blobs } = await listStore(store);
    const total = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    ok(`${store.directory} can be written to: ${counted(blobs.length, 'blob')}, ${formatBytes(total)}`);
    const { bavail, bsize } = await statfs(store.directory);
    const free = `${formatBytes(bavail * bsize)} are free on its disk`;
    if (bavail * bsize >= littleBytes) ok(free);
    else note(free, 'Make room, or move the store with PYCONTAINER_STORE; `pycontainer cache prune` makes it smaller.');
  } catch (error) {
    failed(error);
  }
}

export async function lookAtEngine(
  { ok, note, broken }: Notebook,
  places: { readonly env: Env; readonly home: string },
): Promise<void> {
  const found = await connectEngine(places);
  if (!isEngine(found)) {
    if (found.isExpected) broken(found.why, found.hint);
    else note(`${found.why}; builds need none, \`run\` and bases from an engine do`, found.hint);
    return;
  }
  ok(`${found.name} at ${found.address}, for ${formatPlatform(found.platform)}`);
  await found.close();
}
