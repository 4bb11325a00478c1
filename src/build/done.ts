import type { Done } from '../events.ts';
import type { BuildResult } from './build.ts';

/** What a build came to, in one event. */
export function doneEvent({ targets, built, fresh }: BuildResult, durationMs: number): Done {
  const moves = targets.flatMap(({ deliveries }) => [...deliveries.values()]);
  return {
    type: 'done',
    durationMs,
    built,
    fresh,
    sentBytes: moves.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    savedBytes: moves.reduce((sum, { savedBytes }) => sum + savedBytes, 0),
  };
}
