import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../support/daemon.ts';
import { Rig } from '../support/rig.ts';

/** Another command makes another image. */
const manifest = (cmd: string, more: string): string =>
  `targets:\n  api: { base: scratch, cmd: [${cmd}], platforms: [linux/amd64], ${more} }\n`;

test('a watch says once that nothing is run, and that rules without run have no container', async () => {
  await using rig = new Rig({ 'pycontainer.yaml': manifest('one', 'tags: []'), 'main.py': '1\n' });
  const running = rig.start(['up', '--watch', '--progress', 'rawjson']);
  let said = '';
  running.process.stderr?.on('data', (text: string) => {
    said += text;
  });
  const see = async (type: string, count: number): Promise<void> => {
    const isThere = async (): Promise<boolean> => said.split(`"type":"${type}"`).length > count;
    await Promise.race([waitFor(isThere, `${type} for the ${count}. time`), running.ended]);
  };
  await see('watching', 1);
  rig.write({ 'pycontainer.yaml': manifest('two', 'watch: [{ path: main.py, action: sync }]') });
  await see('rebuilt', 2);
  rig.write({ 'pycontainer.yaml': manifest('three', 'watch: [{ path: main.py, action: restart }]') });
  await see('rebuilt', 3);
  running.process.kill('SIGINT');
  const { status, events } = await running.ended;
  assert.equal(status, 0);
  const notes = events.flatMap((event) =>
    event.type === 'assumed' ? [event.what] : event.type === 'warning' ? [`${event.code}: ${event.message}`] : [],
  );
  assert.deepEqual(notes, [
    'nothing says `run`: a save brings images up to date, and starts no container',
    'not-run: api has rules in `watch`, but no `run`: there is no container for them',
  ]);
});
