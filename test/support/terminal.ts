import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Rig } from './rig.ts';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalOptions extends TerminalSize {
  /** Laid over the rig's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What runs instead of the rig's program. */
  readonly command?: readonly string[];
}

/** Says how the program ended, and keeps the terminal open. */
const script = 'trap : INT; "$@"; echo "exit $?"; exec sleep 600';
const patienceMs = 150_000;
const lookEveryMs = 30;
const ending = /^exit (\d+)$/m;

/** A real terminal (tmux with a server of its own) in which the rig's program runs. */
export class Terminal implements Disposable {
  readonly #socket: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(rig: Rig, args: readonly string[], options: TerminalOptions) {
    const { columns, rows, env, command = rig.command } = options;
    this.#socket = path.join(rig.root, 'tmux');
    this.#env = { ...rig.env, LANG: 'C.UTF-8' };
    const variables = Object.entries({ TERM: 'xterm-256color', ...env }).map(([name, value]) => `${name}=${value}`);
    const size = ['-x', String(columns), '-y', String(rows)];
    const program = ['/bin/sh', '-c', script, 'sh', '/usr/bin/env', ...variables, ...command, ...args];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', rig.folder, ...program);
  }

  /** All that was shown and still stands, what scrolled away too; long lines whole. */
  text(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-').replaceAll(/ +$/gm, '').trimEnd();
  }

  press(key: string): void {
    this.#tmux('send-keys', key);
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  get isCursorShown(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** Waits until the text matches; throws it when that takes too long. */
  async see(wanted: RegExp | ((text: string) => boolean)): Promise<string> {
    const isThere = typeof wanted === 'function' ? wanted : (text: string) => wanted.test(text);
    return this.#until(isThere, String(wanted));
  }

  /** Waits until the program has ended; gives its exit status. */
  async ended(): Promise<number> {
    return Number(ending.exec(await this.see(ending))?.[1]);
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }

  async #until(isThere: (text: string) => boolean, what: string): Promise<string> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const text = this.text();
      if (isThere(text)) return text;
      if (performance.now() > until) throw new Error(`The terminal never showed ${what}:\n${text}`);
      await setTimeout(lookEveryMs);
    }
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-S', this.#socket, ...args], { encoding: 'utf8', env: this.#env });
  }
}
