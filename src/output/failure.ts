import { PycontainerError, systemCode } from '../errors.ts';

/** What went wrong while a local output was written, in the user's words; what is not the system's is given back as it is. */
export function asOutputError(error: unknown, place: string): unknown {
  const code = systemCode(error);
  if (error instanceof PycontainerError || code === undefined || code === 'ABORT_ERR') return error;
  if (code === 'ENOSPC') {
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
