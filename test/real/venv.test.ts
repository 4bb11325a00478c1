import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../support/daemon.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { answerOf, startDocker, startPodman } from '../support/engine.ts';
import { nativeRig } from '../support/native-project.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';
import { partsMissing } from '../support/real-parts.ts';
import type { Rig } from '../support/rig.ts';
import { checker } from '../support/stack.ts';

const execute = promisify(execFile);
/** The distribution's Python, which the base has too. */
const python = '/usr/bin/python3';
const parts = partsMissing('root', 'docker-registry', 'dockerd', 'podman', 'runc', python);

test(
  'what pip installed into a .venv runs in Docker and in Podman',
  { skip: pythonBaseMissing || parts },
  async (t) => {
    await using registry = await startDockerRegistry();
    await using rig = await nativeRig(`oci:${await pythonLayout()}`);
    rig.remove('uv.lock');
    await installWithPip(rig, 'limits==1.0');
    const port = await freePort();
    rig.env['REGISTRY'] = registry.host;
    const args = ['up', '--push', '--progress', 'rawjson', '--set', `served.environment.PORT="${port}"`];

    const { events } = await rig.ok(args);
    assert.deepEqual(
      events.filter(({ type }) => type === 'warning'),
      [],
    );
    assert(events.some((event) => event.type === 'assumed' && event.what.includes('packages from .venv')));

    for (const start of [startDocker, startPodman]) {
      await using engine = await start();
      await t.test(engine.name, async () => {
        await engine.pull(`${registry.host}/served:dev`);
        const container = await engine.runDetached(`${registry.host}/served:dev`);
        assert.match(await answerOf(engine, container, `http://127.0.0.1:${port}/`), /^\{"open_files": \d+\}$/);
        const check = ['exec', '--user', '0', container, 'python', '-B', '-c', checker];
        assert.match(
          await engine.run(...check, 'limits==1.0', 'plainly==2.0'),
          /^\d+ packages with \d+ files are right$/,
        );
      });
    }
  },
);

/** By the pip of this machine, whichever Python it runs in, into a venv of {@link python}. */
async function installWithPip(rig: Rig, ...requirements: readonly string[]): Promise<void> {
  const options = { cwd: rig.folder, env: rig.env };
  await execute(python, ['-m', 'venv', '--without-pip', '.venv'], options);
  await execute('python3', ['-m', 'pip', '--python', '.venv/bin/python', 'install', ...requirements], options);
}
