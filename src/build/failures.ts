import { PycontainerError, throwTogether } from '../errors.ts';
import type { Failure } from './schedule.ts';

/** Throws all that failed, together, each with what it was done for: `during` has words by a work's id. */
export function throwFailures(failures: readonly Failure[], during: ReadonlyMap<string, string>): void {
  const foreign = failures.find(({ error }) => !(error instanceof PycontainerError));
  if (foreign !== undefined) throw foreign.error;
  throwTogether(
    failures.flatMap(({ id, error }) => {
      if (!(error instanceof PycontainerError)) return [];
      const what = during.get(id);
      if (what === undefined) return [error];
      const { code, message, hint, location, cause, others } = error;
      return [new PycontainerError(code, `${message} [${what}]`, { hint, location, cause, others })];
    }),
  );
}

export function asOurs(error: unknown): PycontainerError {
  if (error instanceof PycontainerError) return error;
  return new PycontainerError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}
