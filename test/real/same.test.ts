import assert from 'node:assert/strict';
import { chmodSync, cpSync, lchownSync, lstatSync, lutimesSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readLayout } from '../support/layout.ts';
import { nativeRig } from '../support/native-project.ts';
import { pythonBase, pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';
import { partsMissing } from '../support/real-parts.ts';

const nobody = 65_534;
const needsRoot = { skip: pythonBaseMissing || partsMissing('root', 'setpriv') };
const needsApt = { skip: pythonBaseMissing };

test('two clones give the same image: other folder, umask, time zone, locale, times and user', needsRoot, async () => {
  await using one = await nativeRig('rootfs:../base');
  await using two = await nativeRig('rootfs:../base');
  const clone = path.join(two.root, 'deeper', 'an other place', 'clone');
  cpSync(await pythonBase(), path.join(one.root, 'base'), asItIs);
  cpSync(await pythonBase(), path.join(clone, '../base'), asItIs);
  cpSync(two.folder, clone, asItIs);
  const command = two.copyProgram();
  giveAway(two.root, path.join(clone, '../base'));
  const first = await one.ok(['up'], { through: withUmask('022'), env: { TZ: 'UTC', LC_ALL: 'C' } });
  const second = await two.ok(['up', '-C', clone], {
    command,
    through: ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...withUmask('077')],
    env: { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
  });
  assert.equal(second.stdout, first.stdout);
  const [image, other] = [one.folder, clone].map((folder) =>
    readLayout(path.join(folder, '.pycontainer/images/served')),
  );
  assert.deepEqual(
    other?.layers.map(({ digest }) => digest),
    image?.layers.map(({ digest }) => digest),
  );
});

test(
  'the same project gives the same image again from an empty store, whatever was there before',
  needsApt,
  async () => {
    await using rig = await nativeRig(`oci:${await pythonLayout()}`);
    const first = await rig.ok(['up']);
    rig.write({ 'src/served/words.py': 'GREETING = "bye"\n' });
    assert.notEqual((await rig.ok(['up'])).stdout, first.stdout);
    rig.write({ 'src/served/words.py': 'GREETING = "hello"\n' });
    assert.equal((await rig.ok(['up'])).stdout, first.stdout);
    const env = { PYCONTAINER_STORE: path.join(rig.root, 'other store') };
    assert.equal((await rig.ok(['up', '--no-cache'], { env })).stdout, first.stdout);
  },
);

/** Links, times and modes as they are. */
const asItIs = { recursive: true, verbatimSymlinks: true } as const;

function withUmask(umask: string): readonly string[] {
  return ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
}

/** All of it belongs to nobody, was changed at another time and, but for the base, is for its owner's eyes alone. */
function giveAway(folder: string, base: string): void {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name));
  for (const place of [folder, ...all]) {
    const { mode } = lstatSync(place);
    lchownSync(place, nobody, nobody);
    if ((mode & 0o170_000) !== 0o120_000 && !place.startsWith(base)) chmodSync(place, mode & 0o700);
    lutimesSync(place, 1_000_000_000, 1_700_000_000);
  }
}
