import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ChangeKind } from '../events.ts';
import type { Config } from '../config/target.ts';

const lockName = 'pycontainer.lock';
/** Where a manifest may appear for a project that has none. */
const manifestNames = ['pycontainer.yaml', 'pycontainer.yml', 'pyproject.toml'];

/** The few files that say what a workspace is opened with, compared by what they hold. */
export class Documents {
  readonly folders: ReadonlySet<string>;
  /** What was otherwise when this was read than before. */
  readonly changed: ReadonlyMap<string, ChangeKind>;
  readonly #lock: string;
  readonly #texts: Map<string, string | undefined>;

  static of(config: Config): Documents {
    return new Documents(pathsOf(config), join(config.root, lockName));
  }

  private constructor(
    paths: readonly string[],
    lock: string,
    changed: ReadonlyMap<string, ChangeKind> = new Map(),
    known: ReadonlyMap<string, string | undefined> = new Map(),
  ) {
    this.#texts = new Map(paths.map((path) => [path, known.has(path) ? known.get(path) : textOf(path)]));
    this.#lock = lock;
    this.changed = changed;
    this.folders = new Set(paths.map(dirname));
  }

  /** As they are now; undefined when they hold what they held. */
  again(): Documents | undefined {
    const changed = [...this.#texts].flatMap(([path, text]) => (textOf(path) === text ? [] : [path]));
    if (changed.length === 0) return undefined;
    const kindOf = (path: string): ChangeKind => (path === this.#lock ? 'base' : 'manifest');
    return new Documents([...this.#texts.keys()], this.#lock, new Map(changed.map((path) => [path, kindOf(path)])));
  }

  /** The same for what was opened after this was read, which may have its manifest in another place. */
  for(config: Config): Documents {
    return new Documents(pathsOf(config), join(config.root, lockName), this.changed, this.#texts);
  }

  /** To be called when we have written it ourselves. */
  readLockAgain(): void {
    this.#texts.set(this.#lock, textOf(this.#lock));
  }
}

function pathsOf({ file, root }: Config): readonly string[] {
  const manifests = file === undefined ? manifestNames.map((name) => join(root, name)) : [file];
  return [...manifests, join(root, lockName)];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
