import { locateStore } from '../../store/locate.ts';
import { type Console, openConsole } from '../console.ts';
import type { ConsoleOptions } from '../options.ts';
import { type Answer, AnswerFile, askedBy, isRecent, judgeAnswer, type Request } from './answer.ts';
import { Listener, sayAgain, withoutSecrets } from './said.ts';
import type { Trace } from './trace.ts';

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
  const keeper = async (before: Before): Promise<AnswerKeeper> =>
    new AnswerKeeper(request, file, before, before === 'idle' ? await traceOf(request) : undefined);
  if (noted === undefined) return keeper('new');
  if (!('said' in noted)) {
    const isUnclear = noted.unclearMs !== undefined && isRecent(noted.unclearMs, Date.now());
    return keeper(isUnclear ? 'unclear' : 'idle');
  }
  const verdict = await judgeAnswer(noted, request, Date.now());
  if (verdict === 'changed') {
    file.drop();
    return keeper('new');
  }
  if (verdict === 'old') return keeper('idle');
  const console = openConsole(noted.options);
  sayAgain(noted.said, console, performance.now() - started, noted.looks.length / 2);
  console.close();
  return undefined;
}

/** Is loaded only by who needs it, since an answer is to come at once. */
async function traceOf({ env }: Request): Promise<Trace> {
  const loaded = await import('./trace.ts');
  return new loaded.Trace(locateStore(env, process.platform));
}

/** What a request was the last time: one that had nothing to do, or whose reasons for that cannot be understood. */
type Before = 'new' | 'idle' | 'unclear';

/**
 * Sees what a command reads and tells. Watching all that is read takes time, and what was just built is likely to change
 * again, so that is done only for who has asked before and had nothing to do.
 */
export class AnswerKeeper {
  readonly #request: Request;
  readonly #file: AnswerFile;
  readonly #before: Before;
  readonly #trace: Trace | undefined;

  /** @param trace has begun */
  constructor(request: Request, file: AnswerFile, before: Before, trace: Trace | undefined) {
    this.#request = request;
    this.#file = file;
    this.#before = before;
    this.#trace = trace;
  }

  /** Runs a command, and keeps its answer if it had nothing to do. */
  async listen(
    console: Console,
    options: ConsoleOptions,
    command: (console: Console) => Promise<number>,
  ): Promise<number> {
    const listener = new Listener(console, () => this.#trace?.[Symbol.dispose]());
    let status: number;
    try {
      status = await command(listener.console);
    } finally {
      this.#trace?.[Symbol.dispose]();
    }
    if (status === 0) this.#note(options, listener);
    return status;
  }

  #note(options: ConsoleOptions, { said }: Listener): void {
    if (said === undefined) {
      if (this.#before !== 'new') this.#file.drop();
    } else if (this.#trace === undefined) {
      if (this.#before === 'new') this.#file.write({});
    } else if (!this.#trace.isUnderstood) this.#file.write({ unclearMs: Date.now() });
    else this.#keep(this.#trace, { options, said });
  }

  /** Of the command's options only those of the console: values that are laid over the manifest are nobody's business. */
  #keep(trace: Trace, { options, said }: Pick<Answer, 'options' | 'said'>): void {
    const looks = trace.looks(clockGrainNs);
    if (looks === undefined) return;
    const variables = [...trace.variables].toSorted();
    const asked = askedBy(this.#request, variables);
    const { directory, progress, verbose, quiet } = options;
    const shown: ConsoleOptions = { progress, verbose, quiet, ...(directory === undefined ? {} : { directory }) };
    const answer: Answer = { asked, variables, looks, foundMs: Date.now(), options: shown, said: withoutSecrets(said) };
    this.#file.write(answer);
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
