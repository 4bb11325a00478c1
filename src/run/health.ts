import { setTimeout as wait } from 'node:timers/promises';
import { type Container, inspectContainer } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';

const startingEveryMs = 250;
const laterEveryMs = 3_000;

/**
 * The container as it is whenever its health changed or it ended, which is the last. Throws the signal's reason.
 *
 * @param checkEveryMs asks the engine to check at least so often while the app starts; for one that may not do it itself
 */
export async function* healthChanges(
  engine: Engine,
  id: string,
  signal: AbortSignal,
  checkEveryMs: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Container> {
  let last: Container['health'] = 'starting';
  for (let checkedMs = Date.now(); ;) {
    const container = await inspectContainer(engine, id);
    if (container === undefined) return;
    if (!container.isRunning || container.health !== last) yield container;
    if (!container.isRunning) return;
    last = container.health;
    checkedMs = Math.max(checkedMs, Date.parse(container.checkedAt ?? '') || 0);
    if (engine.kind === 'podman' && last === 'starting' && Date.now() - checkedMs >= checkEveryMs) {
      await runCheck(engine, id);
      checkedMs = Date.now();
    } else {
      await wait(last === 'starting' ? startingEveryMs : laterEveryMs, undefined, { signal });
    }
  }
}

/** Podman leaves checks to systemd, which is not everywhere; asked for one, it runs it at once. */
async function runCheck(engine: Engine, id: string): Promise<void> {
  const accept = [404, 409, 500];
  await (await engine.request('GET', `/libpod/containers/${id}/healthcheck`, { accept, timeoutMs: 0 })).text();
}
