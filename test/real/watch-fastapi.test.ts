import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { freePort } from '../support/daemon.ts';
import { type ServedEngine, startServed } from '../support/engine-api.ts';
import { pinned } from '../support/pins.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { partsMissing } from '../support/real-parts.ts';
import { machineSettings } from '../support/real-stack.ts';
import { attach, runningRig, statesOf, untilSaid } from '../support/running.ts';

const skip = pythonBaseMissing || partsMissing('root', 'dockerd', 'podman', 'runc');

for (const name of ['docker', 'podman'] as const) {
  test(`a route of FastAPI that is edited is the next answer in ${name}, without a restart`, { skip }, async (t) => {
    const requirements = await pinned(['fastapi', 'pydantic-core', 'uvicorn']);
    if ('missing' in requirements) return t.skip(`no wheel of ${requirements.missing} is at hand`);
    await using engine = await startServed(name);
    await followsRoutes(t, engine, requirements);
  });
}

function app(route: string, answer: number): string {
  return `from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("${route}")\nasync def root() -> int:\n    return ${answer}\n`;
}

async function followsRoutes(t: TestContext, engine: ServedEngine, requirements: readonly string[]): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const command = `[uvicorn, "main:app", --host, 127.0.0.1, --port, "${port}", --reload]`;
  await using rig = await runningRig(engine, `targets:\n  api: {cmd: ${command}, run: {network: host}}\n`, {
    'main.py': app('/', 1),
    'requirements.txt': `${requirements.join('\n')}\n`,
  });
  machineSettings(rig);
  const watch = attach(rig, '--watch');
  await untilSaid(url, '1');

  await t.test('another answer', async () => {
    rig.write({ 'main.py': app('/', 2) });
    await untilSaid(url, '2');
  });
  await t.test('another route', async () => {
    rig.write({ 'main.py': app('/other', 3) });
    await untilSaid(`${url}/other`, '3');
    await untilSaid(url, '{"detail":"Not Found"}');
  });

  await watch.until((events) => statesOf(events).length >= 3, 'both saves');
  assert.deepEqual(statesOf(watch.events), ['api started', 'api synced', 'api synced']);
  watch.process.kill('SIGINT');
  assert.equal((await watch.ended).status, 0);
}
