import { throwTogether, type PycontainerError, type SourceLocation } from '../errors.ts';

/**
 * Throws mistakes together in the order of their places, if there are any. What targets share is read once for each of
 * them: the same mistake at the same place is told once, and a wrong key too, whatever it is said to be no key of.
 */
export function throwInOrder(errors: readonly PycontainerError[]): void {
  const distinct = new Map<string, PycontainerError>();
  for (const error of errors) {
    const { file = '', line = 0, column = 0 } = error.location ?? {};
    const what = error.code === 'manifest-unknown-key' ? '' : error.message;
    const key = JSON.stringify([file, line, column, error.code, what]);
    if (!distinct.has(key)) distinct.set(key, error);
  }
  throwTogether([...distinct.values()].toSorted((a, b) => compareLocations(a.location, b.location)));
}

function compareLocations(a: SourceLocation | undefined, b: SourceLocation | undefined): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}
