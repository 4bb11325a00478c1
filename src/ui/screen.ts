import { Box, type Instance, render, Static, useInput } from 'ink';
import { createElement, type ReactElement } from 'react';
import { settledLine } from './frame.ts';
import { Line, Lines } from './lines.ts';
import type { Fact } from './plain.ts';
import { FlickerFree, sizeOf, type TerminalSize } from './rewrite.ts';
import { type FrameLine, widthOf } from './span.ts';

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
  readonly colour: boolean;
  /** The lines to be drawn now. */
  readonly lines: (size: TerminalSize) => readonly FrameLine[];
  /** Whether they may be others without {@link Screen.show}, since time goes by. */
  readonly isMoving: () => boolean;
  /** Takes keys; without it the keyboard is left alone. */
  readonly onKey?: (key: string) => void;
}

const redrawEveryMs = 160;
/** Ink keeps all that ever was above; after so many lines it begins anew. */
const linesUntilAnew = 5000;

export function openScreen(options: ScreenOptions): Screen {
  return new InkScreen(options);
}

class InkScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #output: FlickerFree;
  readonly #timer: NodeJS.Timeout;
  #ink: Instance;
  #waiting: readonly Fact[] = [];
  #batch = 0;
  #settledLines = 0;
  #isDue = false;
  #isClosed = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#output = new FlickerFree(options.terminal);
    this.#ink = this.#start();
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
    this.#options.terminal.off('resize', this.#draw);
    this.#isClosed = true;
    this.#end();
  };

  readonly #draw = (): void => {
    if (this.#isClosed) return;
    if (this.#settledLines > linesUntilAnew) {
      this.#end();
      this.#ink = this.#start();
    }
    this.#ink.rerender(this.#view(true));
  };

  #start(): Instance {
    this.#settledLines = 0;
    const { stream } = this.#output;
    return render(this.#view(true), { stdout: stream, stderr: stream, patchConsole: false, exitOnCtrlC: false });
  }

  #end(): void {
    this.#ink.rerender(this.#view(false));
    this.#ink.unmount();
    this.#output.dropEmptyLine();
  }

  /** What waits goes into it; so each view is to be drawn. */
  #view(isOpen: boolean): ReactElement {
    const { terminal, colour, lines, onKey } = this.#options;
    const settled = this.#waiting;
    this.#waiting = [];
    this.#isDue = false;
    this.#settledLines += settled.length;
    if (settled.length > 0) this.#batch += 1;
    const live = isOpen ? lines(sizeOf(terminal)) : [];
    return createElement(View, {
      settled,
      batch: this.#batch,
      live,
      colour,
      ...(isOpen && onKey !== undefined ? { onKey } : {}),
    });
  }
}

interface ViewProps {
  readonly settled: readonly Fact[];
  /** Another one with each lot of what is settled. */
  readonly batch: number;
  readonly live: readonly FrameLine[];
  readonly colour: boolean;
  readonly onKey?: (key: string) => void;
}

function View({ settled, batch, live, colour, onKey }: ViewProps): ReactElement {
  const settledLines = settled.map(settledLine);
  const line = (spans: FrameLine, key: number): ReactElement => createElement(Line, { spans, colour, key });
  return createElement(
    Box,
    { flexDirection: 'column' },
    createElement(Static<FrameLine>, {
      key: `settled${batch}`,
      items: settledLines,
      // The terminal breaks long lines, so that it can join them again.
      style: { width: Math.max(1, ...settledLines.map(widthOf)) },
      children: line,
    }),
    createElement(Lines, { lines: live, colour }),
    onKey === undefined ? undefined : createElement(Keyboard, { onKey }),
  );
}

/** Ctrl-C comes as `\u0003`. */
function Keyboard({ onKey }: { readonly onKey: (key: string) => void }): null {
  useInput((input, { ctrl }) => {
    onKey(ctrl && input === 'c' ? '\u0003' : input);
  });
  return null;
}
