/** More changes than this at once may be more than the system keeps, which then drops the rest in silence. */
const manyChanges = 4000;
/** However much is going on, everything is looked at so often. */
const longestTrustMs = 60_000;
/** Only inotify is known to name the folder of each change. */
const namesFolders = process.platform === 'linux';

/** Folders in which something may have changed since they were looked into. */
export class Doubts {
  readonly #folders = new Set<string>();
  #changes = 0;
  #isEverywhere = true;
  #everywhereMs = Number.NEGATIVE_INFINITY;

  in(folder: string): void {
    this.#folders.add(folder);
    this.#changes += 1;
  }

  everywhere(): void {
    this.#isEverywhere = true;
  }

  /** For a look that begins now; undefined when it is to go everywhere. */
  take(nowMs: number): ReadonlySet<string> | undefined {
    const isTrusted = namesFolders && !this.#isEverywhere && this.#changes < manyChanges;
    const folders = isTrusted && nowMs - this.#everywhereMs < longestTrustMs ? new Set(this.#folders) : undefined;
    if (folders === undefined) this.#everywhereMs = nowMs;
    this.#folders.clear();
    this.#changes = 0;
    this.#isEverywhere = false;
    return folders;
  }
}
