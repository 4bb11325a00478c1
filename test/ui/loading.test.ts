import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { waitFor } from '../support/daemon.ts';
import { heldBuild } from '../support/held-build.ts';

/** Writes down which modules are loaded. */
const hook = (list: string): string => `
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    appendFileSync(${JSON.stringify(list)}, url + '\\n');
    return next(url, context);
  },
});
`;

test('the screen is loaded where something takes time, and not where all is fresh', async () => {
  await using held = await heldBuild([], ['app']);
  const { rig } = held;
  const hookFile = path.join(rig.root, 'hook.mjs');
  const list = path.join(rig.root, 'loaded');
  writeFileSync(hookFile, hook(list));
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(hookFile).href}`, CI: 'false' };
  const isScreenLoaded = (): boolean => /\/screen(?:-\w+)?\.[jt]s$/m.test(readFileSync(list, 'utf8'));

  writeFileSync(list, '');
  const building = rig.ok(['build', '--progress', 'tty'], { env });
  await Promise.race([waitFor(async () => isScreenLoaded(), 'the screen to be loaded'), building]);
  held.release();
  await building;
  assert.equal(isScreenLoaded(), true);

  writeFileSync(list, '');
  await rig.ok(['build', '--progress', 'tty'], { env });
  assert.match(readFileSync(list, 'utf8'), /\/cli\/main\.ts|\/program-/);
  assert.equal(isScreenLoaded(), false);
});
