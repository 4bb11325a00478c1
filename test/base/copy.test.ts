import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { copyFromBase } from '../../src/base/copy.ts';
import { openBase } from '../../src/base/open.ts';
import { rejectsWith } from '../support/rejects.ts';
import { addImage, emptyBlobs, folder, hardlink, program, symlink, type TestFiles, writeLayout } from './image.ts';
import { testSources } from './sources.ts';

const lower: TestFiles = {
  'opt/tool/bin/run': program('old'),
  'opt/tool/bin/gone': 'gone',
  'opt/tool/share/text': 'kept below',
  'usr/lib/libx.so.1.2': 'library',
};
const upper: TestFiles = {
  'opt/tool/bin/run': program('new'),
  'opt/tool/bin/.wh.gone': '',
  'opt/tool/empty': folder(0o750),
  'opt/tool/link': symlink('share/text'),
  'opt/tool/hard': hardlink('usr/lib/libx.so.1.2'),
  current: symlink('/opt/tool'),
};

async function copied(src: string): Promise<Record<string, string>> {
  await using test = await testSources();
  const blobs = emptyBlobs();
  const layout = writeLayout(path.join(test.folder, 'layout'), blobs, [
    await addImage(blobs, { layers: [lower, upper] }),
  ]);
  const base = await openBase(
    { kind: 'oci', path: layout },
    'oci:layout',
    { os: 'linux', architecture: 'amd64' },
    test.sources,
  );
  const first = await copyFromBase(base, src, test.sources);
  assert.deepEqual(await copyFromBase(base, src, test.sources), first);
  const shown = first.map(async ({ path: name, type, mode, digest, target }) => {
    const text = digest === undefined ? (target ?? '') : (await test.sources.store.readBlob(digest)).toString();
    return [name, `${type} ${mode.toString(8)} ${text}`.trim()] as const;
  });
  return Object.fromEntries(await Promise.all(shown));
}

test('a folder comes with all that is below it, as the layers laid over each other have it', async () => {
  assert.deepEqual(await copied('/opt/tool'), {
    '': 'directory 755',
    bin: 'directory 755',
    'bin/run': 'file 755 new',
    empty: 'directory 750',
    hard: 'file 644 library',
    link: 'symlink 644 share/text',
    share: 'directory 755',
    'share/text': 'file 644 kept below',
  });
});

test('links on the way are followed, and a file is copied alone', async () => {
  assert.deepEqual(await copied('/current/bin/run'), { '': 'file 755 new' });
  assert.deepEqual(await copied('/opt/tool/hard'), { '': 'file 644 library' });
});

test('what is not there, or was removed by a whiteout, is refused', async () => {
  await rejectsWith(copied('/opt/tool/bin/gone'), 'file-unreadable');
});
