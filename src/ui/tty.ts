import type { PycontainerError } from '../errors.ts';
import type { Event } from '../events.ts';
import { frame, type FrameLine, settledLine } from './frame.ts';
import { colourPaint, plainPaint } from './paint.ts';
import { errorText, type Reporter } from './reporter.ts';
import type { Screen } from './screen.ts';
import { emptyScreen, reduce, type ScreenState } from './state.ts';

export interface TtyReporterOptions {
  readonly terminal: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly verbose: boolean;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
  readonly nowMs: () => number;
}

/**
 * A screen that follows what happens. It is loaded only when something takes time: where all is fresh, lines are
 * written as they come.
 */
export function ttyReporter(options: TtyReporterOptions): Reporter {
  return new TtyReporter(options);
}

class TtyReporter implements Reporter {
  readonly #options: TtyReporterOptions;
  /** Without a screen, what is over is written and forgotten: a session may last for days. */
  #state: ScreenState = emptyScreen;
  #screen: Screen | undefined;
  /** Grows when a screen is asked for or closed, so that one that comes too late is not shown. */
  #round = 0;
  #isLoading = false;

  constructor(options: TtyReporterOptions) {
    this.#options = options;
  }

  readonly event = (event: Event): void => {
    const { nowMs, cwd } = this.#options;
    this.#state = reduce(this.#state, event, { atMs: nowMs(), cwd });
    if (this.#screen === undefined) this.#writeSettled();
    else this.#screen.show(this.#state);
    if (event.type === 'done') this.close();
    else if (takesTime(event)) void this.#load();
  };

  readonly error = (error: PycontainerError): void => {
    this.close();
    const { colour, verbose, terminal } = this.#options;
    terminal.write(`${errorText(error, { paint: colour ? colourPaint : plainPaint, verbose })}\n`);
  };

  readonly close = (): void => {
    this.#round += 1;
    this.#isLoading = false;
    const state: ScreenState = { ...this.#state, running: [] };
    if (this.#screen === undefined) this.#writeSettled();
    else this.#screen.close(state);
    this.#screen = undefined;
    this.#write(frame(state, { ...unlimited, atMs: this.#options.nowMs(), cwd: this.#options.cwd }));
    this.#state = emptyScreen;
  };

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const round = this.#round;
    const { openScreen } = await import('./screen.ts');
    if (round !== this.#round) return;
    this.#writeSettled();
    this.#screen = openScreen(this.#state, this.#options);
  }

  #writeSettled(): void {
    const { settled } = this.#state;
    this.#state = { ...this.#state, settled: [] };
    this.#write(settled.map((fact) => settledLine(fact)));
  }

  #write(lines: readonly FrameLine[]): void {
    const { terminal, colour } = this.#options;
    const paint = colour ? colourPaint : plainPaint;
    for (const line of lines) {
      terminal.write(`${line.map(({ role, text }) => (role === undefined ? text : paint(role, text))).join('')}\n`);
    }
  }
}

const unlimited = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };

function takesTime(event: Event): boolean {
  return (
    (event.type === 'node-started' && event.kind !== 'output') || (event.type === 'download' && event.finished !== true)
  );
}
