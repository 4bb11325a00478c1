import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { freePort, waitFor } from '../support/daemon.ts';
import { startServed } from '../support/engine-api.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import { runningRig } from '../support/running.ts';
import { Terminal } from '../support/terminal.ts';

const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'runc', 'tmux');

test('a watch shows its container, what that writes, and opens its page', { skip }, async () => {
  await using engine = await startServed('docker');
  const port = await freePort();
  const run = `{network: host, ports: ["${port}"], environment: {PORT: ${port}}}`;
  await using rig = await runningRig(engine, `targets:\n  api: {run: ${run}}\n`);
  rig.write({ '../browser': `#!/bin/sh\necho "$1" > ${rig.root}/opened\n` });
  const command = ['sh', '-c', `chmod +x ${rig.root}/browser && exec "$@"`, 'sh', ...rig.command];
  const env = { BROWSER: `${rig.root}/browser` };
  using terminal = new Terminal(rig, ['up', '--watch'], { columns: 100, rows: 24, env, command });
  const url = `http://localhost:${port}`;
  await terminal.see(/^api {6}\| serving one$/m);
  await terminal.see(
    new RegExp(`^● api {2}running {2}${url}\nwatching 2 files for api;[^\n]*\nr rebuild {2}o open`, 'm'),
  );
  terminal.press('o');
  await waitFor(async () => opened(rig.root) === url, 'the page to be opened');
  rig.write({ 'answer.py': 'ANSWER = "two"\n' });
  await terminal.see(/^api {6}\| serving two$/m);
  await terminal.see(new RegExp(`^● api {2}running, restarted in [^\n]* {2}${url}$`, 'm'));
  terminal.press('q');
  assert.equal(await terminal.ended(), 0);
  assert.match(terminal.text(), /^run {6}api stopped \(project-api\)$/m);
  assert.doesNotMatch(terminal.text(), /^● api/m);
});

function opened(root: string): string {
  try {
    return readFileSync(`${root}/opened`, 'utf8').trim();
  } catch {
    return '';
  }
}
