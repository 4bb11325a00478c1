import { Box, render, Static, Text } from 'ink';
import { createElement, type ReactElement } from 'react';
import { frame, type FrameLine, settledLine } from './frame.ts';
import type { Fact } from './plain.ts';
import type { Role } from './paint.ts';
import type { ScreenState } from './state.ts';

/** A part of the terminal that is drawn anew with each state. What is over scrolls away above it. */
export interface Screen {
  readonly show: (state: ScreenState) => void;
  /** Leaves what is over standing, and nothing else. */
  readonly close: (state: ScreenState) => void;
}

export interface ScreenOptions {
  readonly terminal: NodeJS.WriteStream;
  readonly colour: boolean;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
  readonly nowMs: () => number;
}

const redrawEveryMs = 160;
/** Ink ends even an empty frame with a line break. */
const upOneLine = '\u001B[1A';

export function openScreen(state: ScreenState, options: ScreenOptions): Screen {
  const { terminal, nowMs } = options;
  let current = state;
  const draw = (isOpen = true): ReactElement =>
    createElement(View, { ...options, state: current, atMs: nowMs(), isOpen });
  const ink = render(draw(), {
    stdout: terminal,
    stderr: terminal,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  const timer = setInterval(() => ink.rerender(draw()), redrawEveryMs);
  timer.unref();
  return {
    show: (next) => {
      current = next;
    },
    close: (last) => {
      clearInterval(timer);
      current = last;
      ink.rerender(draw(false));
      ink.unmount();
      terminal.write(upOneLine);
    },
  };
}

interface ViewProps extends ScreenOptions {
  readonly state: ScreenState;
  readonly atMs: number;
  readonly isOpen: boolean;
}

function View({ state, terminal, atMs, cwd, colour, isOpen }: ViewProps): ReactElement {
  const line = (spans: FrameLine, key: number): ReactElement => createElement(Line, { spans, colour, key });
  const live = isOpen ? frame(state, { ...sizeOf(terminal), atMs, cwd }) : [];
  return createElement(
    Box,
    { flexDirection: 'column' },
    createElement(Static<Fact>, {
      items: [...state.settled],
      children: (fact, index) => line(settledLine(fact), index),
    }),
    ...live.map(line),
  );
}

/** Where the terminal does not say it, the usual size. */
function sizeOf({ columns, rows }: NodeJS.WriteStream): { columns: number; rows: number } {
  return { columns: columns || 80, rows: rows || 24 };
}

type TextLook = Readonly<Record<string, string | boolean>>;

const looks: Readonly<Record<Role, TextLook>> = {
  heading: { bold: true },
  good: { color: 'green' },
  stale: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  warning: { color: 'yellow', bold: true },
  hint: { color: 'cyan' },
  quiet: { dimColor: true },
  target1: { color: 'cyan' },
  target2: { color: 'magenta' },
  target3: { color: 'blue' },
  target4: { color: 'green' },
  target5: { color: 'yellowBright' },
  target6: { color: 'blueBright' },
};

function Line({ spans, colour }: { readonly spans: FrameLine; readonly colour: boolean }): ReactElement {
  const pieces = spans.map(({ role, text }, key) =>
    createElement(Text, { ...(colour && role !== undefined ? looks[role] : {}), key }, text),
  );
  return createElement(Text, { wrap: 'wrap' }, ...pieces);
}
