import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { archiveOutput } from '../../src/output/archive.ts';
import { ownerName } from '../../src/store/owner.ts';
import { rejectsWith } from '../support/rejects.ts';
import { imageWith, temporaryPlace } from './images.ts';
import { named } from './outputs.ts';

for (const kind of ['oci-archive', 'docker-archive'] as const) {
  it(`writes the same bytes for the same image as ${kind}, wherever and whenever`, async () => {
    const bytes: Buffer[] = [];
    for (const name of ['a.tar', 'b.tar']) {
      await using place = await temporaryPlace();
      const file = path.join(place.folder, name);
      await archiveOutput(kind, file, named('acme/api', ['dev']), place.sources).deliver(await imageWith(place, 'one'));
      bytes.push(fs.readFileSync(file));
    }
    assert.deepEqual(bytes[0], bytes[1]);
  });
}

it('removes what a killed process left beside the file, and no file of a living one', async () => {
  await using place = await temporaryPlace();
  const { pid } = spawnSync(process.execPath, ['--version']);
  const gone = ownerName().replace(/\d+$/, String(pid));
  const names = [`x.tar.pycontainer-${gone}-00.tmp`, `x.tar.pycontainer-${ownerName()}-00.tmp`, `y.tar.${gone}.tmp`];
  for (const name of names) fs.writeFileSync(path.join(place.folder, name), '');
  const output = archiveOutput('oci-archive', path.join(place.folder, 'x.tar'), [], place.sources);
  await output.deliver(await imageWith(place, 'one'));
  assert.deepEqual(
    names.filter((name) => fs.existsSync(path.join(place.folder, name))),
    names.slice(1),
  );
});

it('believes no note of the store about a file that somebody else wrote', async () => {
  await using place = await temporaryPlace();
  const file = path.join(place.folder, 'x.tar');
  const [one, two] = [await imageWith(place, 'one'), await imageWith(place, 'two')];
  const output = archiveOutput('oci-archive', file, [], place.sources);
  await output.deliver(one);
  fs.copyFileSync(file, `${file}.old`);
  await output.deliver(two);
  fs.renameSync(`${file}.old`, file);
  assert.equal(await output.lacks(two), 'this image');
  await output.deliver(two);
  assert.equal(await output.lacks(two), undefined);
});

it('names images of Docker Hub in an archive for Docker as Docker does', async () => {
  await using place = await temporaryPlace();
  const file = path.join(place.folder, 'x.tar');
  await archiveOutput('docker-archive', file, named('python', ['dev']), place.sources).deliver(
    await imageWith(place, 'x'),
  );
  assert(fs.readFileSync(file).includes('"RepoTags":["python:dev"]'));
});

it('says in plain words that the folder cannot be written to', async () => {
  await using place = await temporaryPlace();
  fs.writeFileSync(path.join(place.folder, 'file'), '');
  const output = archiveOutput('oci-archive', path.join(place.folder, 'file/x.tar'), [], place.sources);
  await rejectsWith(
    output.deliver(await imageWith(place, 'one')),
    'output-unusable',
    /cannot be written \((EEXIST|ENOTDIR)\)/,
  );
});
