import fs from 'node:fs';
import path from 'node:path';
import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import type { Turn } from '../../src/build/context.ts';
import { loop } from '../../src/watch/loop.ts';
import { isStanding } from '../../src/watch/turn.ts';
import { temporaryFolder, waitFor } from '../support/daemon.ts';

export interface WatchedTreeOptions {
  readonly pollMs?: number;
  /** Default: never. */
  readonly checkMs?: number;
  /** Folders with these names are not watched. */
  readonly ignored?: readonly string[];
}

/** Longer than any pause of the schedule but that of a steady stream. */
const restMs = 150;

/** A folder under a real watch whose rounds note what all files hold. */
export class WatchedTree implements AsyncDisposable {
  readonly root: string = temporaryFolder('tree');
  readonly refusals: string[] = [];
  /** What each round saw that was not void: contents by path. */
  readonly rounds: ReadonlyMap<string, string>[] = [];
  readonly #ignored: ReadonlySet<string>;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;

  static async start(files: Readonly<Record<string, string>>, options: WatchedTreeOptions = {}): Promise<WatchedTree> {
    const tree = new WatchedTree(files, options);
    // Polling never rests.
    await (options.pollMs === undefined ? tree.settled() : tree.seen());
    return tree;
  }

  private constructor(
    files: Readonly<Record<string, string>>,
    { pollMs, checkMs = 2 ** 31 - 1, ignored = [] }: WatchedTreeOptions,
  ) {
    this.#ignored = new Set(ignored);
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    this.#ended = loop({
      round: (turn) => this.#look(turn),
      onRefusal: (code) => this.refusals.push(code),
      signal: this.#ending.signal,
      checkMs,
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  }

  path(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
  }

  /** Waits until the last round saw what stands there now. */
  async seen(): Promise<void> {
    await waitFor(async () => {
      const { files } = this.#read();
      return JSON.stringify([...files]) === JSON.stringify([...(this.rounds.at(-1) ?? [])]);
    }, 'the watch to see what stands there');
  }

  /** Waits until all is seen and rounds no longer follow each other. */
  async settled(): Promise<void> {
    let before = 0;
    let isSettled = false;
    while (!isSettled) {
      await this.seen();
      await wait(restMs);
      isSettled = before === this.rounds.length;
      before = this.rounds.length;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#ended;
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  async #look(turn: Turn): Promise<readonly string[]> {
    const { files, folders } = this.#read();
    await setImmediate();
    if (await isStanding(turn)) this.rounds.push(files);
    return folders;
  }

  #read(): { readonly files: Map<string, string>; readonly folders: string[] } {
    const files = new Map<string, string>();
    const folders: string[] = [];
    const walk = (folder: string): void => {
      folders.push(folder);
      for (const entry of listed(folder)) {
        const place = path.join(folder, entry.name);
        if (entry.isDirectory() && !this.#ignored.has(entry.name)) walk(place);
        else if (!entry.isDirectory()) files.set(path.relative(this.root, place), contentOf(place, entry));
      }
    };
    walk(this.root);
    return { files, folders };
  }
}

function listed(folder: string): readonly fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function contentOf(file: string, entry: fs.Dirent): string {
  try {
    return entry.isSymbolicLink() ? `→ ${fs.readlinkSync(file)}` : fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
