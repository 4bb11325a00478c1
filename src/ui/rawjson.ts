import type { PycontainerError } from '../errors.ts';
import type { Event } from '../events.ts';

/** The version of the event format, in every line. */
const eventFormat = 1;

/** One event as one line of JSON, without its end. */
export function rawLine(event: Event): string {
  return JSON.stringify({ version: eventFormat, ...event }, (_key, value: unknown) =>
    isError(value) ? errorObject(value) : value,
  );
}

/** The error that ended the command, as one line of JSON. */
export function rawErrorLine(error: PycontainerError): string {
  return JSON.stringify({ version: eventFormat, type: 'error', error: errorObject(error) });
}

/** An error as programs read it. */
function errorObject({ code, message, hint, location, others }: PycontainerError): object {
  return { code, message, hint, location, others: others.length === 0 ? undefined : others.map(errorObject) };
}

function isError(value: unknown): value is PycontainerError {
  return value instanceof Error && 'code' in value && 'others' in value;
}
