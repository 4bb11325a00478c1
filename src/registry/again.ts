import { PycontainerError } from '../errors.ts';

/** How often something is tried in all before it fails. */
export const maxTries = 5;

/** The pause after the n-th failure: 0.2 s, doubled each time. */
export function pauseMs(failures: number): number {
  return 200 * 2 ** (failures - 1);
}

/** Whether a connection failed or broke, so that the same may succeed a moment later. */
export function isBreak(error: unknown): boolean {
  return error instanceof PycontainerError && error.code === 'network';
}
