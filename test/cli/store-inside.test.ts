import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rig } from '../support/rig.ts';

test('a store in the project, as where a cache of CI must be, is not packed', async () => {
  await using rig = new Rig({
    'pycontainer.yaml': 'targets: { app: { base: scratch, cmd: [x] } }',
    'data.txt': 'x',
  });
  const env = { PYCONTAINER_STORE: 'cache/store' };
  const first = await rig.ok(['build'], { env });
  const second = await rig.ok(['build'], { env });
  assert.equal(second.stdout, first.stdout);
  assert.match(second.stderr, /^done {5}0 layers built, 1 fresh, /m);
});
