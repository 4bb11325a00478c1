import type { Target } from '../../config/target.ts';
import { PycontainerError } from '../../errors.ts';

/** What comes of the work; an error that has no place gets that of the key that asked for it, where one did. */
export async function placed<T>(
  target: Target,
  key: readonly (string | number)[],
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const hasPlace = !(error instanceof PycontainerError) || error.location !== undefined;
    if (hasPlace || error.code === 'interrupted' || error.code === 'internal') throw error;
    const { code, message, hint, cause, others } = error;
    throw new PycontainerError(code, message, { hint, cause, others, location: target.locate(key) });
  }
}
