import { TreeMemory } from '../../app/tree-memory.ts';
import { Seen } from './seen.ts';

/** What a workspace keeps from plan to plan, to find out sooner what is still so. */
export class Memory {
  /** Of the plan that is being made, or was made last. */
  seen: Seen = new Seen();
  readonly #trees = new Map<string, TreeMemory>();

  /** A plan begins. */
  begin(): void {
    this.seen = new Seen();
  }

  /** Of one choice of files. */
  tree(key: string): TreeMemory {
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    const tree = new TreeMemory();
    this.#trees.set(key, tree);
    return tree;
  }
}
