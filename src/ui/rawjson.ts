import type { ErrorCode, PycontainerError, SourceLocation } from '../errors.ts';
import type { Event } from '../events.ts';

/** The version of the event format, in every line. `schemas/events.schema.json` describes it. */
export const eventFormat = 1;

/** What one line holds. */
export type RawEvent =
  | Raw<Exclude<Event, { type: 'node-failed' | 'failed' }>>
  | Raw<{ readonly type: 'node-failed'; readonly node: string; readonly error: RawError }>
  /** A round of a watch failed; the watch goes on. */
  | Raw<{ readonly type: 'failed'; readonly error: RawError }>
  /** The error that ended the command. */
  | Raw<{ readonly type: 'error'; readonly error: RawError }>;

type Raw<T> = T extends unknown ? { readonly version: typeof eventFormat } & T : never;

/** An error as programs read it. */
export interface RawError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly location?: SourceLocation;
  /** Further mistakes that were found in the same go. */
  readonly others?: readonly RawError[];
}

/** One event as one line of JSON, without its end. */
export function rawLine(event: Event): string {
  return serialised(
    event.type === 'node-failed' || event.type === 'failed'
      ? { version: eventFormat, ...event, error: rawError(event.error) }
      : { version: eventFormat, ...event },
  );
}

/** The error that ended the command, as one line of JSON. */
export function rawErrorLine(error: PycontainerError): string {
  return serialised({ version: eventFormat, type: 'error', error: rawError(error) });
}

function serialised(event: RawEvent): string {
  return JSON.stringify(event);
}

function rawError({ code, message, hint, location, others }: PycontainerError): RawError {
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
    ...(others.length === 0 ? {} : { others: others.map(rawError) }),
  };
}
