import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { Event } from '../../src/events.ts';
import { freePort } from '../support/daemon.ts';
import { type ServedEngine, startServed } from '../support/engine-api.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import { attach, runningRig, statesOf, untilSaid } from '../support/running.ts';
import { writeWheel } from '../support/wheel.ts';

const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'podman', 'runc');

for (const name of ['docker', 'podman'] as const) {
  test(`a watch keeps a container in ${name} as the project is`, { skip }, async (t) => {
    await using engine = await startServed(name);
    await followsEdits(t, engine);
  });
}

function counted(events: readonly Event[], type: Event['type']): number {
  return events.filter((event) => event.type === type).length;
}

async function followsEdits(t: TestContext, engine: ServedEngine): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const manifest = `targets:
  api: {run: {network: host, environment: {PORT: ${port}}}, exclude: [wheels, rules]}
  ruled:
    exclude: [wheels, rules]
    cmd: [python3, -c, "import time; time.sleep(3600)"]
    watch:
      - {path: rules/static, action: sync, target: /srv/www}
      - {path: rules/settings.ini, action: restart}
      - {path: rules/tools, action: rebuild}
      - {path: words.py, action: sync}
    run: {network: host}
`;
  await using rig = await runningRig(engine, manifest);
  mkdirSync(rig.path('wheels'));
  await writeWheel(rig.path('wheels'), { name: 'demo', files: { 'demo/__init__.py': 'WORD = "from the wheel"\n' } });
  const watch = attach(rig, '--watch');
  await untilSaid(url, 'one');
  await watch.until((events) => counted(events, 'watching') > 0, 'the first round');

  await t.test('a save is the next answer', async () => {
    rig.write({ 'answer.py': 'ANSWER = "two"\n' });
    await untilSaid(url, 'two');
  });

  await t.test('a module that is renamed, and then removed, too', async () => {
    rig.write({ 'words.py': 'WORD = "three"\n', 'answer.py': 'from words import WORD as ANSWER\n' });
    await untilSaid(url, 'three');
    renameSync(rig.path('words.py'), rig.path('terms.py'));
    rig.write({
      'answer.py': 'import importlib.util as u\nANSWER = str([bool(u.find_spec(n)) for n in ("words", "terms")])\n',
    });
    await untilSaid(url, '[False, True]');
    rmSync(rig.path('terms.py'));
    await untilSaid(url, '[False, False]');
  });

  await t.test('a package that the lock gets can be imported', async () => {
    rig.write({ 'requirements.txt': '--no-index\n--find-links wheels\ndemo==1.0\n' });
    rig.write({ 'answer.py': 'from demo import WORD as ANSWER\n' });
    await untilSaid(url, 'from the wheel');
  });

  await t.test('a broken manifest is told and changes nothing, until it is mended', async () => {
    const text = readFileSync(rig.path('pycontainer.yaml'), 'utf8');
    const before = counted(watch.events, 'failed');
    rig.write({ 'pycontainer.yaml': text.replace('exclude', 'exclud') });
    await watch.until((events) => counted(events, 'failed') > before, 'the mistake');
    rig.write({ 'answer.py': 'ANSWER = "as before"\n' });
    await untilSaid(url, 'as before');
    rig.write({ 'pycontainer.yaml': text.replace(`PORT: ${port}`, `PORT: ${port}, MORE: "1"`) });
    await watch.until((events) => counted(events, 'mended') > 0, 'the end of the mistake');
    await untilSaid(url, 'as before');
  });

  await t.test('rules say what a change does to a container: one save, one thing', async () => {
    const states = (): readonly string[] => statesOf(watch.events).filter((state) => state.startsWith('ruled '));
    const told = [...states()];
    const after = async (act: () => unknown, ...more: string[]): Promise<void> => {
      await act();
      told.push(...more);
      await watch.until(() => states().length >= told.length, more.join());
      assert.deepEqual(states(), told);
    };
    const inside = (code: string): Promise<string> =>
      engine.client.run('exec', 'project-ruled', 'python3', '-c', `import os; ${code}`);
    const look = 'stat = os.stat("/srv/www/css/a.css"); print(oct(stat.st_mode), stat.st_uid, int(stat.st_mtime))';
    const begun = Math.floor(Date.now() / 1000);

    await after(() => rig.write({ 'rules/static/css/a.css': 'a' }), 'ruled synced');
    const [mode, owner, seconds] = (await inside(look)).split(' ');
    assert.deepEqual([mode, owner], ['0o100644', '0']);
    assert.ok(Number(seconds) >= begun);
    await after(() => rig.write({ 'words.py': 'WORD = 1\n' }), 'ruled synced');
    assert.equal(await inside('print(open("/app/words.py").read())'), 'WORD = 1');
    await after(() => rmSync(rig.path('rules/static/css'), { recursive: true }), 'ruled synced');
    assert.equal(await inside('print(os.listdir("/srv/www"))'), '[]');
    await after(() => rig.write({ 'rules/settings.ini': 'a = 1' }), 'ruled restarted');
    await after(() => rig.write({ 'rules/tools/a': '1' }), 'ruled replaced');
    assert.equal(await inside('print(os.path.exists("/srv/www"), os.path.exists("/app/words.py"))'), 'False True');
  });

  await t.test('a container that is killed from outside is told', async () => {
    await engine.client.run('kill', 'project-api');
    await watch.until((events) => statesOf(events).includes('api exited 137'), 'its end');
    rig.write({ 'answer.py': 'ANSWER = "back"\n' });
    await untilSaid(url, 'back');
  });

  await t.test('a second up is refused; Ctrl-C ends the watch, and is no failure', async () => {
    assert.match((await rig.run(['up', '--watch'])).stderr, /error\[session-running\]/);
    watch.process.kill('SIGINT');
    const { status, stdout } = await watch.ended;
    assert.equal(status, 0);
    assert.match(stdout, /^(?:(?:api|ruled) sha256:[0-9a-f]{64}\n)+$/);
    assert.equal(await fetch(url).catch(() => undefined), undefined);
  });
}
