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

test('a build is drawn without Ink, and nothing is drawn where all is fresh', async () => {
  await using held = await heldBuild([], ['app']);
  const { rig } = held;
  const hookFile = path.join(rig.root, 'hook.mjs');
  const list = path.join(rig.root, 'loaded');
  writeFileSync(hookFile, hook(list));
  writeFileSync(list, '');
  const env = { NODE_OPTIONS: `--import=${pathToFileURL(hookFile).href}`, CI: 'false' };
  const args = ['build', '--progress', 'tty'];

  const building = rig.start(args, { env });
  let shown = '';
  building.process.stderr?.on('data', (text: string) => {
    shown += text;
  });
  await Promise.race([waitFor(async () => shown.includes('fetch heavy'), 'a frame'), building.ended]);
  held.release();
  assert.equal((await building.ended).status, 0, shown);
  assert.match(shown, /fetch heavy/);

  const { stderr } = await rig.ok(args, { env });
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(stderr, /\u001B/);
  const loaded = readFileSync(list, 'utf8');
  assert.match(loaded, /\/cli\/main\.ts|\/program-/);
  assert.doesNotMatch(loaded, /\/ink\/|ink-canvas|\/react\//);
});
