import { PycontainerError, redact } from '../errors.ts';
import type { Emit } from '../events.ts';
import { formatError } from '../ui/error.ts';
import { plainLines } from '../ui/plain.ts';
import { errorObject, rawLine } from '../ui/rawjson.ts';
import type { ConsoleOptions } from './options.ts';

/** Where a command speaks: results on stdout, all else on stderr. */
export interface Console {
  readonly emit: Emit;
  readonly result: (text: string) => void;
  readonly error: (error: unknown) => void;
}

export function openConsole({
  progress,
  verbose,
  quiet,
}: Pick<ConsoleOptions, 'progress' | 'verbose' | 'quiet'>): Console {
  const raw = progress === 'rawjson';
  return {
    emit: (event) => {
      if (raw) write(`${rawLine(event)}\n`);
      else if (!quiet || event.type === 'warning')
        for (const line of plainLines(event, { verbose })) write(`${redact(line)}\n`);
    },
    result: (text) => {
      process.stdout.write(`${text}\n`);
    },
    error: (error) => {
      const ours = asError(error);
      write(
        raw ? `${JSON.stringify({ version: 1, type: 'error', error: errorObject(ours) })}\n` : `${formatError(ours)}\n`,
      );
      if (verbose) for (const line of chain(ours)) write(`${redact(line)}\n`);
    },
  };
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

function write(text: string): void {
  process.stderr.write(text);
}

function chain(error: PycontainerError): readonly string[] {
  const lines: string[] = [];
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(...`caused by: ${cause.stack ?? cause.message}`.split('\n'));
  }
  return lines;
}
