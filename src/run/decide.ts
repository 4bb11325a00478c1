import { type Changes, changesBetween, isNothing } from './changes.ts';
import { reloadsItself } from './reloads.ts';
import { ruleChanges } from './rules.ts';
import type { Runnable } from './runnable.ts';

/** What is to happen to a container so that it runs what was built. */
export type Action =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'sync'; readonly changes: Changes; readonly restart: boolean }
  /** Another container in its place. */
  | { readonly kind: 'replace' };

/**
 * Pure. Without rules, changed files of the app are put in, and the app restarted unless it does that by itself; with
 * rules these alone say what happens to files. Whatever else changed takes a new container.
 */
export function decide(before: Runnable, after: Runnable): Action {
  if (before.foundation !== after.foundation) return { kind: 'replace' };
  if (after.target.watch === undefined) {
    const changes = changesBetween(before.entries, after.entries);
    if (isNothing(changes)) return { kind: 'nothing' };
    return { kind: 'sync', changes, restart: !reloadsItself(after.spec.command, after.spec.environment) };
  }
  const { rebuild, restart, changes } = ruleChanges(before, after);
  if (rebuild) return { kind: 'replace' };
  if (!isNothing(changes)) return { kind: 'sync', changes, restart };
  return restart ? { kind: 'restart' } : { kind: 'nothing' };
}
