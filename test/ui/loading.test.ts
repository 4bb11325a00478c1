import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Rig } from '../support/rig.ts';

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
  await using rig = new Rig({
    'pycontainer.yaml': 'targets: { app: { base: scratch, cmd: [x] } }',
    'data.bin': randomBytes(40_000_000),
  });
  const hookFile = path.join(rig.root, 'hook.mjs');
  const list = path.join(rig.root, 'loaded');
  writeFileSync(hookFile, hook(list));
  const loadsScreen = async (): Promise<boolean> => {
    writeFileSync(list, '');
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(hookFile).href}`, CI: 'false' };
    await rig.ok(['build', '--progress', 'tty'], { env });
    const loaded = readFileSync(list, 'utf8');
    assert.match(loaded, /\/cli\/main\.ts|\/program-/);
    return /\/screen(?:-\w+)?\.[jt]s$/m.test(loaded);
  };
  assert.equal(await loadsScreen(), true);
  assert.equal(await loadsScreen(), false);
});
