import { type ErrorCode, PycontainerError } from '../errors.ts';
import { whatWentWrong } from '../http/failure.ts';
import type { HttpResponse } from '../http.ts';

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'engine-denied',
  403: 'engine-denied',
  404: 'engine-not-found',
  409: 'engine-conflict',
};

/** An answer that says no, with the engine's own words. Reads the body. */
export async function refusal(name: string, response: HttpResponse): Promise<PycontainerError> {
  const says = messageOf(await response.text(64 * 1024).catch(() => ''));
  const { status } = response;
  return new PycontainerError(
    codes[status] ?? 'engine-answer',
    says === '' ? `${name} answered ${status}` : `${name} says: ${says}`,
  );
}

/** A connection that could not be made, or broke. */
export function unreachable(place: string, error: unknown, signal: AbortSignal | undefined): PycontainerError {
  if (error instanceof PycontainerError) return error;
  if (signal?.aborted === true) return new PycontainerError('interrupted', 'Interrupted', { cause: error });
  return new PycontainerError('engine-unreachable', `${place} ${whatWentWrong(error)}`, {
    hint: 'See that it still runs.',
    cause: error,
  });
}

/** What an engine says, on one line. */
export function plainWords(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 500);
}

function messageOf(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return '';
    return 'message' in answer && typeof answer.message === 'string' ? plainWords(answer.message) : '';
  } catch {
    return plainWords(text);
  }
}
