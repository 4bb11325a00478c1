import type { Canvas } from './canvas.ts';
import { settledLine } from './frame.ts';
import type { Paint } from './paint.ts';
import type { Fact } from './plain.ts';
import { sizeOf, type TerminalSize } from './rewrite.ts';
import { type FrameLine, painted } from './span.ts';

/** A part of the terminal that is drawn anew. What is over scrolls away above it. */
export interface Screen {
  /** Has it drawn soon. */
  readonly show: () => void;
  /** To be written above, once. */
  readonly settle: (facts: readonly Fact[]) => void;
  /** Leaves what is over standing, and nothing else. */
  readonly close: () => void;
}

export interface ScreenOptions {
  readonly terminal: NodeJS.WriteStream;
  readonly canvas: Canvas;
  readonly paint: Paint;
  /** The lines to be drawn now. */
  readonly lines: (size: TerminalSize) => readonly FrameLine[];
  /** Whether they may be others without {@link Screen.show}, since time goes by. */
  readonly isMoving: () => boolean;
}

const redrawEveryMs = 160;

export function openScreen(options: ScreenOptions): Screen {
  return new LiveScreen(options);
}

class LiveScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #timer: NodeJS.Timeout;
  #waiting: readonly Fact[] = [];
  #isDue = false;
  #isClosed = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#draw();
    // An immediate comes after all signals that are there, so that a change of size is known.
    this.#timer = setInterval(() => {
      if (this.#isDue || options.isMoving()) setImmediate(this.#draw);
    }, redrawEveryMs);
    this.#timer.unref();
    options.terminal.on('resize', this.#draw);
  }

  readonly show = (): void => {
    this.#isDue = true;
  };

  readonly settle = (facts: readonly Fact[]): void => {
    this.#waiting = [...this.#waiting, ...facts];
    this.#isDue = true;
  };

  readonly close = (): void => {
    clearInterval(this.#timer);
    const { terminal, canvas } = this.#options;
    terminal.off('resize', this.#draw);
    this.#isClosed = true;
    canvas.end(this.#settled());
  };

  readonly #draw = (): void => {
    if (this.#isClosed) return;
    this.#isDue = false;
    const { terminal, canvas, lines } = this.#options;
    canvas.draw(this.#settled(), this.#painted(lines(sizeOf(terminal))));
  };

  /** Each once; so they are to be drawn. */
  #settled(): readonly string[] {
    const settled = this.#waiting;
    this.#waiting = [];
    return this.#painted(settled.map(settledLine));
  }

  #painted(lines: readonly FrameLine[]): readonly string[] {
    return lines.map((line) => painted(line, this.#options.paint));
  }
}
