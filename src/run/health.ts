import { setTimeout as wait } from 'node:timers/promises';
import { type Container, inspectContainer } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';

const startingEveryMs = 250;
const laterEveryMs = 3_000;
/** How often a check is run that the engine may not run by itself. */
const checkEveryMs = 1_000;

/** The container as it is whenever its health changed or it ended, which is the last. Throws the signal's reason. */
export async function* healthChanges(engine: Engine, id: string, signal: AbortSignal): AsyncGenerator<Container> {
  let last: Container['health'] = 'starting';
  for (let checkedMs = -Infinity; ;) {
    const now = performance.now();
    if (engine.kind === 'podman' && last === 'starting' && now - checkedMs >= checkEveryMs) {
      await runCheck(engine, id);
      checkedMs = now;
    }
    const container = await inspectContainer(engine, id);
    if (container === undefined) return;
    if (!container.isRunning || container.health !== last) yield container;
    if (!container.isRunning) return;
    last = container.health;
    await wait(last === 'starting' ? startingEveryMs : laterEveryMs, undefined, { signal });
  }
}

/** Podman leaves checks to systemd, which is not everywhere; asked for one, it runs it at once. */
async function runCheck(engine: Engine, id: string): Promise<void> {
  const accept = [404, 409, 500];
  await (await engine.request('GET', `/libpod/containers/${id}/healthcheck`, { accept, timeoutMs: 0 })).text();
}
