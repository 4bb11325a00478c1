import { PycontainerError } from '../errors.ts';

/** A piece of work that may need others to be done first. */
export interface Work {
  readonly id: string;
  /** Ids of works that must be done before; those that are not in the list count as done. */
  readonly after: readonly string[];
  readonly run: () => Promise<void>;
}

export interface Failure {
  readonly id: string;
  readonly error: unknown;
}

/**
 * Runs works whose needs are met, at most `limit` at once. After the first failure, or when the signal fires, what runs
 * may end and nothing else begins. Answers with the failures in the order in which they came; none means all is done.
 */
export async function runWorks(
  works: readonly Work[],
  limit: number,
  signal?: AbortSignal,
): Promise<readonly Failure[]> {
  const waiting = new Map(works.map((work) => [work.id, work]));
  const running = new Map<string, Promise<void>>();
  const undone = new Set(waiting.keys());
  const failures: Failure[] = [];
  const start = ({ id, run }: Work): void => {
    waiting.delete(id);
    const ended = run()
      .then(() => void undone.delete(id))
      .catch((error: unknown) => void failures.push({ id, error }))
      .finally(() => void running.delete(id));
    running.set(id, ended);
  };
  for (;;) {
    if (failures.length === 0 && signal?.aborted !== true) {
      const ready = [...waiting.values()].filter(({ after }) => !after.some((id) => undone.has(id)));
      for (const work of ready.slice(0, Math.max(limit - running.size, 0))) start(work);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (failures.length > 0 || waiting.size === 0) return failures;
  if (signal?.aborted === true)
    return [{ id: '', error: new PycontainerError('interrupted', 'Stopped before all was built') }];
  throw new PycontainerError('internal', `Works wait for each other: ${[...waiting.keys()].join(', ')}`);
}
