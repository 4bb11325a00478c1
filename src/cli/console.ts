import { resolve } from 'node:path';
import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { ciOf } from '../ui/ci.ts';
import { formatError } from '../ui/error.ts';
import type { WatchControls } from '../ui/keys.ts';
import { colourPaint, type Paint, plainPaint, wantsColour } from '../ui/paint.ts';
import { plainReporter, rawReporter, type Reporter } from '../ui/reporter.ts';
import { ttyReporter } from '../ui/tty.ts';
import type { ConsoleOptions } from './options.ts';

/** Where a command speaks: results on stdout, all else on stderr. */
export interface Console {
  readonly emit: Emit;
  readonly result: (text: string) => void;
  readonly error: (error: unknown) => void;
  /** Lets a person steer a watch with keys, where there is a screen. */
  readonly control: (controls: WatchControls) => void;
  /** Leaves the terminal as it was. */
  readonly close: () => void;
  /** For results. */
  readonly paint: Paint;
}

export function openConsole(options: ConsoleOptions): Console {
  const reporter = reporterFor(options);
  return {
    emit: reporter.event,
    result: (text) => {
      reporter.rest();
      process.stdout.write(`${text}\n`);
    },
    error: (error) => reporter.error(asError(error)),
    control: reporter.control,
    close: reporter.close,
    paint: wantsColour(process.env, process.stdout.isTTY) ? colourPaint : plainPaint,
  };
}

function reporterFor({ progress, verbose, quiet, directory }: ConsoleOptions): Reporter {
  const { env, stderr } = process;
  const writeLine = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  if (progress === 'rawjson') return rawReporter(writeLine);
  const cwd = resolve(directory ?? '.');
  const colour = wantsColour(env, stderr.isTTY);
  if (progress === 'tty' || (progress === 'auto' && !quiet && isScreen(env, stderr))) {
    return ttyReporter({ terminal: stderr, colour, verbose, cwd, nowMs: () => performance.now() });
  }
  return plainReporter(writeLine, { verbose, quiet, colour, cwd, ci: ciOf(env, cwd), now: () => new Date() });
}

/** Tells an error where there is no console yet: the command line was not understood. */
export function printError(error: PycontainerError): void {
  const { env, stderr } = process;
  stderr.write(`${formatError(error, wantsColour(env, stderr.isTTY) ? colourPaint : plainPaint)}\n`);
}

/** A terminal that can be drawn on, with a person before it. In CI, as told by these variables, Ink draws nothing. */
function isScreen(env: NodeJS.ProcessEnv, { isTTY }: NodeJS.WriteStream): boolean {
  const isCi = [env['CI'], env['CONTINUOUS_INTEGRATION']].some(
    (value) => value !== undefined && value !== '0' && value !== 'false',
  );
  return isTTY && env['TERM'] !== 'dumb' && !isCi;
}

/** What is thrown by others is a mistake of ours: told in one line, with a way to tell us. */
export function asError(error: unknown): PycontainerError {
  if (error instanceof PycontainerError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new PycontainerError('internal', message, {
    hint: 'Please report this, with what `-v` prints.',
    cause: error,
  });
}
