import { PycontainerError, systemCode } from '../errors.ts';

const full = new Set(['ENOSPC', 'EDQUOT']);

/** Says in plain words what kept the store in `directory` from doing its work; errors of ours pass through. */
export function storeFailure(error: unknown, directory: string): PycontainerError {
  if (error instanceof PycontainerError) return error;
  const code = systemCode(error) ?? '';
  if (full.has(code)) {
    return new PycontainerError('disk-full', `No space is left for the store in ${directory} (${code})`, {
      hint: 'Free some space, run `pycontainer cache prune`, or set PYCONTAINER_STORE to a folder on another disk.',
      cause: error,
    });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new PycontainerError('store-unusable', `The store in ${directory} cannot be used: ${why}`, {
    hint: 'The folder must be writable by you; PYCONTAINER_STORE names another one.',
    cause: error,
  });
}
