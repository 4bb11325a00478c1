import { PycontainerError, systemCode } from '../errors.ts';

/** What went wrong while a local output was written, in the user's words; what is not the system's is given back as it is. */
export function asOutputError(error: unknown, place: string): unknown {
  if (error instanceof PycontainerError) return error;
  const code = systemCode(error);
  if (isAbort(error) || code === undefined) return asInterrupted(error, place);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PycontainerError('disk-full', `No space is left for ${place}`, {
      hint: 'Free some space and run it again; nothing was lost.',
      cause: error,
    });
  }
  return new PycontainerError('output-unusable', `${place} cannot be written (${code})`, {
    hint: 'Check the path, and that you may write there.',
    cause: error,
  });
}

/** A signal that fired, in the user's words; anything else is given back as it is. */
export function asInterrupted(error: unknown, place: string): unknown {
  return isAbort(error)
    ? new PycontainerError('interrupted', `Stopped while writing ${place}`, { cause: error })
    : error;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
