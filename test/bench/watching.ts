import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const savedWithinMs = 20_000;

/** `up --watch` as a process, and the layout that it keeps up to date. */
export class Watching implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #layout: string;
  readonly #counts = new Map<string, number>();
  #closed = false;

  private constructor(child: ChildProcess, layout: string) {
    this.#child = child;
    this.#layout = layout;
    child.once('exit', () => (this.#closed = true));
    if (child.stderr === null) return;
    createInterface(child.stderr).on('line', (line) => this.#note(line));
  }

  /** @param command with arguments, to which `--progress rawjson` was given */
  static async start(command: readonly string[], env: NodeJS.ProcessEnv, layout: string): Promise<Watching> {
    const [program = '', ...args] = command;
    const watching = new Watching(spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] }), layout);
    while (watching.count('watching') === 0) {
      if (watching.#closed) throw new Error('the watch has ended');
      await nextTurn();
    }
    return watching;
  }

  /** How many events of a type there were. */
  count(type: string): number {
    return this.#counts.get(type) ?? 0;
  }

  get residentBytes(): number {
    const status = fs.readFileSync(`/proc/${this.#child.pid ?? 0}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Saves a file; answers with the time until the layout has another manifest. */
  save(file: string, text: string): Promise<number> {
    return this.seen(() => fs.writeFileSync(file, text));
  }

  /** Does something; answers with the time until the layout has another manifest. */
  async seen(act: () => void): Promise<number> {
    const before = this.#manifest();
    const changed = new AbortController();
    const watcher = fs.watch(this.#layout, () => {
      if (this.#manifest() !== before) changed.abort();
    });
    try {
      const start = performance.now();
      act();
      await Promise.race([once(changed.signal, 'abort'), tooLate(changed.signal)]);
      return performance.now() - start;
    } finally {
      watcher.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await exited;
  }

  #manifest(): string {
    return fs.readFileSync(path.join(this.#layout, 'index.json'), 'utf8');
  }

  #note(line: string): void {
    const { type } = JSON.parse(line) as { type: string };
    this.#counts.set(type, this.count(type) + 1);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

async function tooLate(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`a save was not seen in ${savedWithinMs} ms`)), savedWithinMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
