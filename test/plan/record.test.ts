import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { getRecord, putRecord, recordOf } from '../../src/plan/record.ts';
import { temporaryStore } from '../store/folder.ts';
import { inputsOf, specs } from './specs.ts';

it('a record comes back from the store as it was, whatever files are called', async () => {
  await using test = await temporaryStore();
  const place = { root: '/project', target: 'api', platform: 'linux/amd64' };
  await fc.assert(
    fc.asyncProperty(specs, async (spec) => {
      for (const platform of inputsOf(spec).targets.flatMap(({ platforms }) => platforms)) {
        const record = recordOf(platform, [['a', 'b']], new Map());
        assert.equal(new Map(record.files).size, platform.app.entries.length, 'no two files are one');
        await putRecord(test.store, place, record);
        assert.deepEqual(await getRecord(test.store, place), record);
      }
    }),
    { numRuns: 60 },
  );
});

it('records of other projects, targets and platforms are others', async () => {
  await using test = await temporaryStore();
  const place = { root: '/project', target: 'api', platform: 'linux/amd64' };
  const [platform] = inputsOf(fc.sample(specs, 1)[0] ?? { targets: [] }).targets.flatMap(({ platforms }) => platforms);
  assert(platform !== undefined);
  await putRecord(test.store, place, recordOf(platform, [], new Map()));
  for (const other of [{ root: '/other' }, { target: 'web' }, { platform: 'linux/arm64' }]) {
    assert.equal(await getRecord(test.store, { ...place, ...other }), undefined);
  }
});

it('names of files are those of the workdir and of this format, whatever was written down', () => {
  fc.assert(
    fc.property(specs, (spec) => {
      for (const platform of inputsOf(spec).targets.flatMap(({ platforms }) => platforms)) {
        const { app, settings } = platform;
        const before = recordOf(platform, [], new Map());
        const moved = { ...platform, app: { ...app, workdir: '/srv' }, settings: { ...settings, workdir: '/srv' } };
        assert.deepEqual(
          recordOf(moved, [], new Map(), before).files.map(([path]) => path),
          app.entries.map(({ path }) => `/${path}`),
        );
        assert.equal(recordOf(platform, [], new Map(), before).files, before.files);
        assert.notEqual(recordOf(platform, [], new Map(), { ...before, format: 'old' }).files, before.files);
      }
    }),
    { numRuns: 30 },
  );
});
