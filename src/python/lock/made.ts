import type { Table } from '../table.ts';

/** What a lock that pycontainer made was resolved from; stands under `[tool.pycontainer]`. */
export interface LockInputs {
  /** The requirements file or pyproject.toml, relative to the lock's folder, with slashes. */
  readonly from: string;
  /** As PEP 508 writes them, without logins; sorted, each once. */
  readonly requirements: readonly string[];
  /** Likewise. */
  readonly constraints: readonly string[];
}

/** Undefined for a lock that others made. Errors: those of the table. */
export function readInputs(lock: Table): LockInputs | undefined {
  const table = lock.table('tool')?.table('pycontainer');
  if (table === undefined) return undefined;
  return {
    from: table.requiredString('from'),
    requirements: table.strings('requirements'),
    constraints: table.strings('constraints'),
  };
}

/** The first requirement that is new or gone, as a few words; undefined when both lists say the same. */
export function firstChange(before: LockInputs, now: LockInputs): string | undefined {
  for (const key of ['requirements', 'constraints'] as const) {
    const [old, current] = [new Set(before[key]), new Set(now[key])];
    const [added] = current.difference(old);
    const [removed] = old.difference(current);
    const what = key === 'constraints' ? 'the constraint ' : '';
    if (added !== undefined) return `it was made without ${what}${added}`;
    if (removed !== undefined) return `it was made with ${what}${removed}`;
  }
  return undefined;
}
