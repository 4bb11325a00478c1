import { type PycontainerError, redact } from '../errors.ts';
import type { Event } from '../events.ts';
import type { Ci } from './ci.ts';
import { formatError } from './error.ts';
import type { WatchControls } from './keys.ts';
import { colourPaint, type Paint, plainPaint } from './paint.ts';
import { plainLines } from './plain.ts';
import { rawErrorLine, rawLine } from './rawjson.ts';
import { counted } from './units.ts';

/** Shows what happens, in one of the ways of --progress. */
export interface Reporter {
  readonly event: (event: Event) => void;
  readonly error: (error: PycontainerError) => void;
  /** Lets a person steer a watch with keys; only a screen can. */
  readonly control: (controls: WatchControls) => void;
  /** Leaves the terminal as it was, for results to be written. What happens then is shown again. */
  readonly rest: () => void;
  /** Leaves the terminal as it was, for good; idempotent. */
  readonly close: () => void;
}

/** Takes whole lines, without their end. */
export type WriteLine = (line: string) => void;

/** One event a line. */
export function rawReporter(write: WriteLine): Reporter {
  return {
    event: (event) => write(rawLine(event)),
    error: (error) => write(rawErrorLine(error)),
    control: () => undefined,
    rest: () => undefined,
    close: () => undefined,
  };
}

export interface PlainReporterOptions {
  /** Says more, with the time of each line and the chain of causes below an error. */
  readonly verbose: boolean;
  /** Nothing but warnings and errors. */
  readonly quiet: boolean;
  readonly colour: boolean;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
  readonly ci: Ci;
  readonly now: () => Date;
}

/** One line a fact. In CI the layers that are built stand in a group of their own. */
export function plainReporter(write: WriteLine, options: PlainReporterOptions): Reporter {
  const { verbose, quiet, colour, cwd, ci, now } = options;
  const paint = colour ? colourPaint : plainPaint;
  let isGroupOpen = false;
  const group = (isOpen: boolean, title = ''): void => {
    if (isOpen === isGroupOpen) return;
    isGroupOpen = isOpen;
    for (const line of isOpen ? ci.open(title, now()) : ci.close(now())) write(line);
  };
  const stamp = (): string => (verbose ? `${paint('quiet', now().toISOString().slice(11, 23))} ` : '');
  return {
    event: (event) => {
      if (quiet && event.type !== 'warning' && event.type !== 'failed') return;
      if (event.type === 'delivered' || event.type === 'done' || event.type === 'failed') group(false);
      for (const line of plainLines(event, { verbose, cwd, paint }))
        write(stamp() + (event.type === 'log' ? line : redact(line)));
      if (event.type === 'planned' && event.stale > 0) group(true, `Build ${counted(event.stale, 'layer')}`);
      if (event.type === 'warning') for (const line of ci.annotate('warning', event)) write(redact(line));
    },
    error: (error) => {
      group(false);
      write(errorText(error, { paint, verbose }));
      for (const one of [error, ...error.others]) for (const line of ci.annotate('error', one)) write(line);
    },
    control: () => undefined,
    rest: () => group(false),
    close: () => group(false),
  };
}

/** An error without its last line break; `verbose` adds what caused it. */
export function errorText(error: PycontainerError, { paint, verbose }: { paint: Paint; verbose: boolean }): string {
  return [formatError(error, paint), ...(verbose ? causes(error).map(redact) : [])].join('\n');
}

function causes(error: PycontainerError): readonly string[] {
  const lines: string[] = [];
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(...`caused by: ${cause.stack ?? cause.message}`.split('\n'));
  }
  return lines;
}
