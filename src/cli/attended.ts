import { PycontainerError } from '../errors.ts';
import { asError, type Console, openConsole } from './console.ts';
import type { ConsoleOptions } from './options.ts';
import { requireFolder } from './usage.ts';

const exitInterrupted = 130;
const stopWithinMs = 1000;

/** What Ctrl-C does. */
export interface Interrupts {
  /** Fires at the first. */
  readonly signal: AbortSignal;
  /**
   * Work that has to be ended in order begins: from now on nothing is left behind after a second, and the second Ctrl-C
   * calls this. Only a third ends the process.
   */
  readonly outlast: (onSecond: () => void) => void;
}

/**
 * Runs an action under the signals: the first asks it to stop, a second ends the process. What has not stopped soon is
 * waiting for something; it is left, since nothing that is unfinished does harm.
 */
export async function attended(
  options: ConsoleOptions,
  action: (console: Console, signal: AbortSignal, interrupts: Interrupts) => Promise<number>,
): Promise<number> {
  const console = openConsole(options);
  const controller = new AbortController();
  const { signal } = controller;
  let leaving: NodeJS.Timeout | undefined;
  let onSecond: (() => void) | undefined;
  let isOutlasting = false;
  const interrupted = (): number => {
    console.error(new PycontainerError('interrupted', 'Stopped; what was finished is kept'));
    return exitInterrupted;
  };
  const leave = (): void => {
    const status = interrupted();
    console.close();
    process.exit(status);
  };
  const stop = (): void => {
    if (!signal.aborted) {
      controller.abort(new PycontainerError('interrupted', 'Stopped'));
      if (!isOutlasting) leaving = setTimeout(leave, stopWithinMs);
    } else if (onSecond === undefined) {
      process.exit(exitInterrupted);
    } else {
      onSecond();
      onSecond = undefined;
    }
  };
  const outlast: Interrupts['outlast'] = (kill) => {
    isOutlasting = true;
    onSecond = kill;
    clearTimeout(leaving);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    requireFolder(options.directory);
    return await action(console, signal, { signal, outlast });
  } catch (error) {
    if (signal.aborted) return interrupted();
    const ours = asError(error);
    console.error(ours);
    return ours.code === 'interrupted' ? exitInterrupted : ours.exitCode;
  } finally {
    clearTimeout(leaving);
    console.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
