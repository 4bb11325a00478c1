import { join } from 'node:path';
import { locateStore } from '../../store/locate.ts';
import { type Console, openConsole } from '../console.ts';
import type { ConsoleOptions } from '../options.ts';
import { AnswerFile, askedBy, judgeAnswer, type Request } from './answer.ts';
import { Listener, sayAgain } from './said.ts';
import { Trace } from './trace.ts';

/** How coarse a file system's clock may be. */
const clockGrainNs = 2_000_000_000n;

/**
 * Tells what was told the last time, if nothing has changed since.
 * @returns undefined if it did, else who sees to it that the command line can be answered the next time
 */
export async function answerAgain(request: Request): Promise<AnswerKeeper | undefined> {
  const started = performance.now();
  const file = new AnswerFile(request);
  const noted = file.read();
  if (noted === undefined || noted === 'idle') return new AnswerKeeper(request, file, noted === 'idle');
  const verdict = await judgeAnswer(noted, request, Date.now());
  if (verdict !== 'good') {
    if (verdict === 'changed') file.drop();
    return new AnswerKeeper(request, file, verdict === 'old');
  }
  const console = openConsole(noted.options);
  sayAgain(noted.said, console, performance.now() - started, noted.looks.length / 2);
  console.close();
  return undefined;
}

/**
 * Sees what a command reads and tells. Watching all that is read takes time, and what was just built is likely to change
 * again, so that is done only for who has asked before and had nothing to do.
 */
export class AnswerKeeper {
  readonly #request: Request;
  readonly #file: AnswerFile;
  readonly #wasIdle: boolean;
  readonly #trace: Trace | undefined;

  /** Begins to look. */
  constructor(request: Request, file: AnswerFile, wasIdle: boolean) {
    this.#request = request;
    this.#file = file;
    this.#wasIdle = wasIdle;
    if (wasIdle) this.#trace = new Trace(join(locateStore(request.env, process.platform), 'tmp'));
  }

  /** Runs a command, and keeps its answer if it had nothing to do. */
  async listen(
    console: Console,
    options: ConsoleOptions,
    command: (console: Console) => Promise<number>,
  ): Promise<number> {
    const listener = new Listener(console, () => this.#trace?.[Symbol.dispose]());
    const status = await command(listener.console);
    this.#trace?.[Symbol.dispose]();
    if (status === 0) this.#note(options, listener);
    return status;
  }

  #note(options: ConsoleOptions, { said }: Listener): void {
    const variables = [...(this.#trace?.variables ?? [])].toSorted();
    const looks = this.#trace?.looks(clockGrainNs);
    if (said === undefined) {
      if (this.#wasIdle) this.#file.drop();
    } else if (looks !== undefined) {
      const asked = askedBy(this.#request, variables);
      this.#file.write({ asked, variables, looks, foundMs: Date.now(), options, said });
    } else if (!this.#wasIdle) this.#file.write('idle');
  }
}

/** Runs a command, where there is a keeper under its eyes. */
export function kept(
  keeper: AnswerKeeper | undefined,
  console: Console,
  options: ConsoleOptions,
  command: (console: Console) => Promise<number>,
): Promise<number> {
  return keeper === undefined ? command(console) : keeper.listen(console, options, command);
}
