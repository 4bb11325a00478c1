import { type Changes, changesBetween, isNothing } from './changes.ts';
import { reloadsItself } from './reloads.ts';
import type { Runnable } from './runnable.ts';
import type { RuleChanges } from './rules.ts';

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
export function decide(before: Runnable, after: Runnable, rules: RuleChanges | undefined): Action {
  if (before.foundation !== after.foundation) return { kind: 'replace' };
  if (rules === undefined) {
    const changes = changesBetween(before.entries, after.entries);
    if (isNothing(changes)) return { kind: 'nothing' };
    return { kind: 'sync', changes, restart: !reloadsItself(after.spec.command, after.spec.environment) };
  }
  if (rules.rebuild) return { kind: 'replace' };
  if (!isNothing(rules.changes)) return { kind: 'sync', changes: rules.changes, restart: rules.restart };
  return rules.restart ? { kind: 'restart' } : { kind: 'nothing' };
}
