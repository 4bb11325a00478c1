import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { WatchRule } from '../config/target.ts';
import type { Entry } from '../layer/entry.ts';
import type { AppFile } from '../app/app-file.ts';
import { appFile, selectFiles } from '../app/select.ts';
import type { Changes } from './changes.ts';

/** What the rules of a target say to what changed since they were asked last. */
export interface RuleChanges {
  readonly rebuild: boolean;
  readonly restart: boolean;
  /** To be put in and taken out. */
  readonly changes: Changes;
}

/** Files below a rule's path as they were when it was looked at, by absolute path. */
type Seen = ReadonlyMap<string, AppFile>;

/** Remembers what the files of rules looked like, so that a look tells what changed, whatever events there were. */
export class WatchRules {
  readonly #rules: readonly WatchRule[];
  #seen: readonly Seen[];

  constructor(rules: readonly WatchRule[]) {
    this.#rules = rules;
    this.#seen = rules.map(filesOf);
  }

  /**
   * What changed since the last time. A file's place is the rule's `target`, else where the app layer has it; a file
   * without a place is not put in.
   *
   * @param before the app layer's entries at that time
   */
  look(before: readonly Entry[], after: readonly Entry[]): RuleChanges {
    const now = this.#rules.map(filesOf);
    const places = { before: placesOf(before), after: placesOf(after) };
    const put = new Map<string, Entry>();
    const removed = new Map<string, Entry>();
    let [rebuild, restart] = [false, false];
    for (const [index, rule] of this.#rules.entries()) {
      const [old, current] = [
        this.#seen[index] ?? new Map<string, AppFile>(),
        now[index] ?? new Map<string, AppFile>(),
      ];
      const changed = [...current.values()].filter((file) => !isSame(old.get(file.source), file));
      const gone = [...old.values()].filter((file) => current.get(file.source)?.type !== file.type);
      if (changed.length + gone.length === 0) continue;
      rebuild ||= rule.action === 'rebuild';
      restart ||= rule.action.endsWith('restart');
      if (!rule.action.startsWith('sync')) continue;
      for (const file of changed) for (const entry of placed(file, rule, places.after)) put.set(entry.path, entry);
      for (const file of gone) for (const entry of placed(file, rule, places.before)) removed.set(entry.path, entry);
    }
    this.#seen = now;
    return { rebuild, restart, changes: { put: [...put.values()], removed: [...removed.values()] } };
  }
}

function filesOf({ path: root, ignore }: WatchRule): Seen {
  const type = lstatSync(root, { throwIfNoEntry: false });
  if (type === undefined) return new Map();
  if (!type.isDirectory()) {
    const file = appFile(path.basename(root), root);
    return new Map(file === undefined ? [] : [[root, file]]);
  }
  const options = { context: root, include: [], exclude: ignore, ownOutputs: [], ignoreFiles: false };
  return new Map(selectFiles(options).files.map((file) => [file.source, file]));
}

function isSame(one: AppFile | undefined, other: AppFile): boolean {
  return (
    one !== undefined &&
    one.type === other.type &&
    one.sizeBytes === other.sizeBytes &&
    one.executable === other.executable &&
    one.target === other.target &&
    one.identity.mtimeNs === other.identity.mtimeNs &&
    one.identity.ctimeNs === other.identity.ctimeNs &&
    one.identity.inode === other.identity.inode
  );
}

/** The app layer's entries by the file that they are made of. */
function placesOf(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  return Map.groupBy(
    entries.filter((entry) => entry.type === 'file' && entry.content.kind === 'path'),
    (entry) => (entry.type === 'file' && entry.content.kind === 'path' ? entry.content.path : ''),
  );
}

function placed(
  file: AppFile,
  { path: root, target }: WatchRule,
  places: ReadonlyMap<string, readonly Entry[]>,
): readonly Entry[] {
  if (target === undefined) return places.get(file.source) ?? [];
  const below = path.relative(root, file.source);
  const place = below === '' ? target : path.posix.join(target, below.split(path.sep).join('/'));
  return [entryOf(file, place.replace(/^\/+/, ''))];
}

function entryOf({ type, source, sizeBytes, executable, target = '' }: AppFile, place: string): Entry {
  const common = { path: place, uid: 0, gid: 0 };
  if (type === 'directory') return { ...common, type, mode: 0o755 };
  if (type === 'symlink') return { ...common, type, mode: 0o777, target };
  return { ...common, type, mode: executable ? 0o755 : 0o644, sizeBytes, content: { kind: 'path', path: source } };
}
