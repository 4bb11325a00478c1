import { Box, type Instance, render, Static, useInput } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { Canvas } from './canvas.ts';
import { FlickerFree } from './flicker-free.ts';
import { Line, Lines } from './lines.ts';
import { paintedCells } from './width.ts';

/** Ink keeps all that ever was above; after so many lines it begins anew. */
const linesUntilAnew = 5000;

/** Takes keys too. Ctrl-C comes as `\u0003`. */
export function openInk(terminal: NodeJS.WriteStream, onKey: (key: string) => void): Canvas {
  return new InkCanvas(terminal, onKey);
}

class InkCanvas implements Canvas {
  readonly #output: FlickerFree;
  readonly #onKey: (key: string) => void;
  #ink: Instance | undefined;
  #batch = 0;
  #settledLines = 0;

  constructor(terminal: NodeJS.WriteStream, onKey: (key: string) => void) {
    this.#output = new FlickerFree(terminal);
    this.#onKey = onKey;
  }

  readonly draw = (settled: readonly string[], live: readonly string[]): void => {
    if (this.#settledLines > linesUntilAnew) this.end([]);
    this.#render(settled, live, this.#onKey);
  };

  readonly end = (settled: readonly string[]): void => {
    this.#render(settled, []);
    this.#ink?.unmount();
    this.#ink = undefined;
    this.#settledLines = 0;
    this.#output.dropEmptyLine();
  };

  #render(settled: readonly string[], live: readonly string[], onKey?: (key: string) => void): void {
    this.#settledLines += settled.length;
    if (settled.length > 0) this.#batch += 1;
    const keys = onKey === undefined ? {} : { onKey };
    const view = createElement(View, { settled, batch: this.#batch, live, ...keys });
    const { stream } = this.#output;
    if (this.#ink === undefined) {
      this.#ink = render(view, { stdout: stream, stderr: stream, patchConsole: false, exitOnCtrlC: false });
    } else {
      this.#ink.rerender(view);
    }
  }
}

interface ViewProps {
  readonly settled: readonly string[];
  /** Another one with each lot of what is settled. */
  readonly batch: number;
  readonly live: readonly string[];
  readonly onKey?: (key: string) => void;
}

function View({ settled, batch, live, onKey }: ViewProps): ReactElement {
  return createElement(
    Box,
    { flexDirection: 'column' },
    createElement(Static<string>, {
      key: `settled${batch}`,
      items: [...settled],
      // The terminal breaks long lines, so that it can join them again.
      style: { width: Math.max(1, ...settled.map(paintedCells)) },
      children: (text, key) => createElement(Line, { text, key }),
    }),
    createElement(Lines, { lines: live }),
    onKey === undefined ? undefined : createElement(Keyboard, { onKey }),
  );
}

function Keyboard({ onKey }: { readonly onKey: (key: string) => void }): null {
  useInput((input, { ctrl }) => {
    onKey(ctrl && input === 'c' ? '\u0003' : input);
  });
  return null;
}
