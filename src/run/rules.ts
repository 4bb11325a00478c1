import path from 'node:path';
import ignore from 'ignore';
import type { Target, WatchRule } from '../config/target.ts';
import type { BaseFolder } from '../base/base.ts';
import type { Entry } from '../layer/entry.ts';
import { parentsOf, placeInBase } from '../app/place.ts';
import type { WatchedFiles } from '../plan/inputs.ts';
import { type Changes, changesBetween, isNothing } from './changes.ts';

/** What the rules of a target say to what is otherwise than it was. */
export interface RuleChanges {
  readonly rebuild: boolean;
  readonly restart: boolean;
  /** To be put in and taken out. */
  readonly changes: Changes;
}

/** What rules look at. */
export interface Ruled {
  readonly target: Pick<Target, 'context' | 'workdir' | 'watch'>;
  /** What stands in the app layer. */
  readonly entries: readonly Entry[];
  /** What stands below the paths of rules that are not only for the app layer. */
  readonly watched: readonly WatchedFiles[];
  /** The base's, as its facts have them. */
  readonly folders: Readonly<Record<string, BaseFolder>>;
}

/**
 * Pure. A rule that syncs with a `target` puts the files below its path there; without one, where the app layer has
 * them. A rule that was not there before has nothing to say yet.
 */
export function ruleChanges(before: Ruled, after: Ruled): RuleChanges {
  const known = new Set(before.target.watch?.map((rule) => JSON.stringify(rule)));
  const put = new Map<string, Entry>();
  const removed = new Map<string, Entry>();
  let [rebuild, restart] = [false, false];
  for (const rule of after.target.watch ?? []) {
    if (!known.has(JSON.stringify(rule))) continue;
    const changes = changesBetween(entriesFor(rule, before), entriesFor(rule, after));
    if (isNothing(changes)) continue;
    rebuild ||= rule.action === 'rebuild';
    restart ||= rule.action.endsWith('restart');
    if (!isSync(rule)) continue;
    for (const entry of changes.removed) removed.set(entry.path, entry);
    for (const entry of withFolders(changes.put, after)) put.set(entry.path, entry);
  }
  return { rebuild, restart, changes: { put: [...put.values()], removed: [...removed.values()] } };
}

function isSync({ action }: WatchRule): boolean {
  return action.startsWith('sync');
}

/** At their places in the container, where the rule syncs. */
function entriesFor(rule: WatchRule, ruled: Ruled): readonly Entry[] {
  if (!isSync(rule)) return filesOf(rule, ruled);
  return rule.target === undefined ? ownEntries(rule, ruled) : placedEntries(rule, rule.target, ruled);
}

function filesOf(rule: WatchRule, { watched }: Ruled): readonly Entry[] {
  const same = (files: WatchedFiles): boolean =>
    files.path === rule.path && JSON.stringify(files.ignore) === JSON.stringify(rule.ignore);
  return watched.find(same)?.entries ?? [];
}

/** What the app layer has of what lies below a rule's path. */
function ownEntries(rule: WatchRule, { target, entries, folders }: Ruled): readonly Entry[] {
  const ignored = ignore({ ignorecase: false }).add([...rule.ignore]);
  const root = placeInBase(target.workdir, folders);
  return entries.filter((entry) => {
    const below = belowPath(rule.path, entry, target.context, root);
    return below === '' || (below !== undefined && !ignored.ignores(below));
  });
}

/** Relative to the path, '' for itself, undefined for what does not lie there. Of links and folders only their place tells. */
function belowPath(root: string, entry: Entry, context: string, workdir: string): string | undefined {
  const source = sourceOf(entry) ?? (entry.type === 'file' ? undefined : sourceBelow(workdir, entry.path, context));
  if (source === undefined || source === root) return source && '';
  return source.startsWith(`${root}/`) ? source.slice(root.length + 1) : undefined;
}

function sourceOf(entry: Entry): string | undefined {
  return entry.type === 'file' && entry.content.kind === 'path' ? entry.content.path : undefined;
}

function sourceBelow(workdir: string, place: string, context: string): string | undefined {
  const prefix = workdir === '' ? '' : `${workdir}/`;
  return place.startsWith(prefix) ? `${context}/${place.slice(prefix.length)}` : undefined;
}

/** Where the rule's target says; a file that the app layer has there is as it is there. */
function placedEntries(rule: WatchRule, target: string, ruled: Ruled): readonly Entry[] {
  const { entries, folders } = ruled;
  const layer = new Map(entries.map((entry) => [entry.path, entry]));
  const itself = target.endsWith('/') ? `${target}${path.basename(rule.path)}` : target;
  const placed = filesOf(rule, ruled).map((file): Entry => {
    const place = placeInBase(file.path === '' ? itself : `${target}/${file.path}`, folders);
    const own = layer.get(place);
    return own !== undefined && sourceOf(own) === sourceOf(file) ? own : { ...file, path: place };
  });
  const root = `${placeInBase(target, folders)}/`;
  const between = parentsOf(placed, folders).filter((folder) => folder.path.startsWith(root));
  return [...placed, ...between.map((folder) => layer.get(folder.path) ?? folder)];
}

/** With the folders that lead to them, but for those that the image has anyway. */
function withFolders(put: readonly Entry[], { entries, folders }: Ruled): readonly Entry[] {
  const layer = new Set(entries.map((entry) => entry.path));
  return [...put, ...parentsOf(put, folders).filter((folder) => !layer.has(folder.path))];
}
