import type { Emit } from '../../events.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { HashMemory } from '../../app/hashes.ts';
import { TreeMemory } from '../../app/tree-memory.ts';
import type { Entry } from '../../layer/entry.ts';
import { LiveLayer } from '../../layer/live.ts';
import type { Base, BaseFacts } from '../../base/base.ts';
import { KnownWheels } from './known-wheels.ts';
import { sameAsBefore } from './same-entries.ts';
import type { KnownApp } from './saved.ts';
import { Seen } from './seen.ts';
import { Shared } from './shared.ts';
import { Standing } from './standing.ts';

/** What a workspace keeps from plan to plan, to find out sooner what is still so. */
export class Memory {
  /** Of the plan that is being made, or was made last. */
  seen: Seen = new Seen();
  /** What the plan that is being made begins with. */
  shared: Shared = new Shared();
  readonly #standing = new Standing();
  readonly #trees = new Map<string, TreeMemory>();
  /** Where packages of locks were found. */
  readonly wheels: KnownWheels = new KnownWheels();
  /** What apps that are their context's files alone came to, by all else that decides it. */
  readonly apps: Map<string, KnownApp> = new Map();
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #live = new Map<string, LiveLayer>();
  readonly #bases = new Map<string, Base>();
  readonly #warnings = new Set<string>();
  readonly #facts = new Map<string, Promise<BaseFacts>>();
  readonly #hashes = new Map<string, HashMemory>();

  /** Facts of a base, which its digest decides. */
  facts(base: Base, read: () => Promise<BaseFacts>): Promise<BaseFacts> {
    const key = `${base.digest} ${formatPlatform(base.platform)}`;
    const facts = madeOnce(this.#facts, key, read);
    facts.catch(() => this.#facts.delete(key));
    return facts;
  }

  /** A base that is made of folders is opened again only when something changed in them, any other for each plan. */
  async base(key: string, open: () => Promise<Base>): Promise<Base> {
    const base = this.#bases.get(key) ?? (await open());
    if (base.folders !== undefined) this.#bases.set(key, base);
    if (base.folders !== undefined) this.seen.tree(base.folders, 'base', base.digest);
    return base;
  }

  /** Tells a warning only once, however many plans come upon it. */
  once(emit: Emit): Emit {
    return (event) => {
      if (event.type !== 'warning') return emit(event);
      const name = JSON.stringify(event);
      if (!this.#warnings.has(name)) emit(event);
      this.#warnings.add(name);
    };
  }

  /** Pieces of the layers that follow each other under one name. */
  live(name: string): LiveLayer {
    return madeOnce(this.#live, name, () => new LiveLayer());
  }

  /** The entries of a layer, each as it was before where it says the same; the same list where all do. */
  entries(name: string, entries: readonly Entry[]): readonly Entry[] {
    const before = this.#entries.get(name);
    const now = before === undefined ? entries : sameAsBefore(before, entries);
    this.#entries.set(name, now);
    return now;
  }

  /** A plan begins. Folders of the user in which nothing changed since the plan before are not looked into. */
  begin(changedIn?: Iterable<string>): void {
    const changed = changedIn === undefined ? undefined : new Set(changedIn);
    let isTrusted = changed !== undefined;
    for (const [key, { folders = [] }] of this.#bases) {
      if (changed !== undefined && !folders.some((folder) => changed.has(folder))) continue;
      this.#bases.delete(key);
      isTrusted = false;
    }
    this.shared = this.#standing.begin(this.seen.inputs.keys(), isTrusted);
    this.seen = new Seen(this.shared.isNew ? undefined : this.seen);
    for (const tree of this.#trees.values()) {
      if (changedIn === undefined) tree.doubt();
      else for (const folder of changedIn) tree.doubt(folder);
    }
  }

  /** All that the plan is made from was found, so that the next one may take over what still holds of it. */
  gathered(): void {
    this.#standing.end(this.seen.inputs.keys());
  }

  /** Of one choice of files. */
  tree(key: string): TreeMemory {
    return madeOnce(this.#trees, key, () => new TreeMemory());
  }

  /** Of one choice of files. */
  hashes(key: string): HashMemory {
    return madeOnce(this.#hashes, key, () => new HashMemory());
  }
}

function madeOnce<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
