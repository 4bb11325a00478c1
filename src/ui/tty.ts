import { setTimeout as delay } from 'node:timers/promises';
import type { PycontainerError } from '../errors.ts';
import type { Event } from '../events.ts';
import { openCanvas } from './canvas.ts';
import { closingLines, frame, settledLine } from './frame.ts';
import { type KeysState, keyLines, pressed, urlOf, type WatchControls } from './keys.ts';
import { colourPaint, type Paint, plainPaint } from './paint.ts';
import { errorText, type Reporter } from './reporter.ts';
import type { TerminalSize } from './rewrite.ts';
import { openScreen, type Screen } from './screen.ts';
import { type FrameLine, painted } from './span.ts';
import { emptyScreen, reduce, type ScreenState } from './state.ts';
import { errorFrame } from './watch-lines.ts';

export interface TtyReporterOptions {
  readonly terminal: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly verbose: boolean;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
  readonly nowMs: () => number;
}

/** What is over sooner needs no screen. */
const openAfterMs = 250;

/**
 * A screen that follows what happens. It is opened only when something takes time: where all is fresh, and where what is
 * stale is made in no time, lines are written as they come. Ink is loaded for a watch alone, which takes keys: loading it
 * and drawing with it takes enough of the processor to be felt in a build.
 */
export function ttyReporter(options: TtyReporterOptions): Reporter {
  return new TtyReporter(options);
}

class TtyReporter implements Reporter {
  readonly #options: TtyReporterOptions;
  readonly #paint: Paint;
  /** What is over is written and forgotten: a watch may last for days. */
  #state: ScreenState = emptyScreen;
  #keys: KeysState = {};
  #controls: WatchControls | undefined;
  #screen: Screen | undefined;
  /** Grows when a screen is asked for or closed, so that one that comes too late is not shown. */
  #round = 0;
  #isOpening = false;
  /** A person has ended the watch: what is said from now on, of its last round too, is said in lines. */
  #isOver = false;

  constructor(options: TtyReporterOptions) {
    this.#options = options;
    this.#paint = options.colour ? colourPaint : plainPaint;
  }

  readonly event = (event: Event): void => {
    const { logsOf } = this.#keys;
    if (event.type === 'log' && logsOf !== undefined && event.target !== logsOf) return;
    const { nowMs, cwd } = this.#options;
    this.#state = reduce(this.#state, event, { atMs: nowMs(), cwd });
    this.#settle();
    this.#screen?.show();
    if (event.type === 'done') this.rest();
    else if (this.#isWatching || needsScreen(event)) void this.#open();
  };

  readonly error = (error: PycontainerError): void => {
    this.close();
    const { verbose, terminal } = this.#options;
    terminal.write(`${errorText(error, { paint: this.#paint, verbose })}\n`);
  };

  /** Keys work from the next screen on; so one that is there is closed. */
  readonly control = (controls: WatchControls): void => {
    this.#controls = controls;
    if (this.#screen !== undefined) this.rest();
  };

  /** Of a watch, the error that was not mended stays. */
  readonly close = (): void => {
    this.rest();
    const { watch } = this.#state;
    this.#state = emptyScreen;
    if (watch?.error !== undefined) this.#write(errorFrame(watch.error));
  };

  readonly rest = (): void => {
    this.#round += 1;
    this.#isOpening = false;
    this.#settle();
    this.#screen?.close();
    this.#screen = undefined;
    this.#write(closingLines({ ...this.#state, running: [] }, this.#options.cwd));
    const { watch } = this.#state;
    this.#state = watch === undefined ? emptyScreen : { ...emptyScreen, watch };
  };

  get #isWatching(): boolean {
    return this.#controls !== undefined && (this.#state.watch?.targets.length ?? 0) > 0;
  }

  get #takesKeys(): boolean {
    return this.#controls !== undefined && process.stdin.isTTY;
  }

  async #open(): Promise<void> {
    if (this.#isOpening || this.#isOver) return;
    this.#isOpening = true;
    const round = this.#round;
    if (!this.#isWatching) await delay(openAfterMs, undefined, { ref: false });
    if (round !== this.#round) return;
    const openInk = this.#takesKeys ? (await import('./ink-canvas.ts')).openInk : undefined;
    if (round !== this.#round) return;
    const { terminal } = this.#options;
    this.#screen = openScreen({
      terminal,
      canvas: openInk === undefined ? openCanvas(terminal) : openInk(terminal, this.#onKey),
      paint: this.#paint,
      lines: (size) => this.#lines(size),
      isMoving: () => this.#state.running.length > 0,
    });
  }

  #lines(size: TerminalSize): readonly FrameLine[] {
    const { watch } = this.#state;
    const footer = watch === undefined || !this.#takesKeys ? [] : keyLines(this.#keys, watch, size.columns);
    return frame(this.#state, { ...size, atMs: this.#options.nowMs(), footer });
  }

  readonly #onKey = (key: string): void => {
    const { watch } = this.#state;
    if (watch === undefined) return;
    const { keys, asked } = pressed(this.#keys, key === '\u0003' ? 'q' : key, watch);
    this.#keys = keys;
    this.#screen?.show();
    if (asked === 'open') this.#controls?.open(urlOf(watch) ?? '');
    else if (asked !== undefined) this.#controls?.[asked]();
    if (asked === 'quit') {
      this.#isOver = true;
      this.close();
    }
  };

  #settle(): void {
    const { settled } = this.#state;
    if (settled.length === 0) return;
    this.#state = { ...this.#state, settled: [] };
    if (this.#screen === undefined) this.#write(settled.map(settledLine));
    else this.#screen.settle(settled);
  }

  #write(lines: readonly FrameLine[]): void {
    for (const line of lines) this.#options.terminal.write(`${painted(line, this.#paint)}\n`);
  }
}

function needsScreen(event: Event): boolean {
  if (event.type === 'watching') return true;
  if (event.type === 'download') return event.finished !== true;
  return event.type === 'node-started' && event.kind !== 'output';
}
