import { join } from 'node:path';
import { locateStore } from '../../store/locate.ts';
import { type Console, openConsole } from '../console.ts';
import type { ConsoleOptions } from '../options.ts';
import { findAnswer, keepAnswer, type Request } from './answer.ts';
import { Listener, sayAgain } from './said.ts';
import { Trace } from './trace.ts';

/** Tells what was told the last time, if nothing has changed since. @returns whether it did */
export function answerAgain(request: Request): boolean {
  const started = performance.now();
  const answer = findAnswer(request);
  if (answer === undefined) return false;
  const console = openConsole(answer.options);
  sayAgain(answer.said, console, performance.now() - started, answer.looks.length);
  console.close();
  return true;
}

/** Sees what a command reads and tells, so that it can be answered at once the next time. */
export class AnswerKeeper {
  readonly #request: Request;
  readonly #trace: Trace;

  /** Begins to look. */
  constructor(request: Request) {
    this.#request = request;
    this.#trace = new Trace(join(locateStore(request.env, process.platform), 'tmp'));
  }

  /** Runs a command, and keeps its answer if it had nothing to do. */
  async listen(
    console: Console,
    options: ConsoleOptions,
    command: (console: Console) => Promise<number>,
  ): Promise<number> {
    const listener = new Listener(console, () => this.#trace[Symbol.dispose]());
    const status = await command(listener.console);
    this.#trace[Symbol.dispose]();
    const { said } = listener;
    if (status === 0 && said !== undefined) keepAnswer(this.#request, this.#trace, { options, said });
    return status;
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
