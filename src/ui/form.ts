import { render, useInput } from 'ink';
import { createElement, type ReactElement } from 'react';
import { type FormState, formLines, openForm, pressedKey, type Question, typedText } from './form-state.ts';
import { FlickerFree } from './flicker-free.ts';
import { Lines } from './lines.ts';
import { colourPaint, type Paint, plainPaint } from './paint.ts';
import { sizeOf } from './rewrite.ts';
import { painted } from './span.ts';

export interface FormOptions {
  readonly terminal: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly signal: AbortSignal;
}

/** Asks on a terminal, one question after the other; undefined where the person left (Ctrl-C, Ctrl-D) or the signal fired. */
export function ask(
  questions: readonly Question[],
  { terminal, colour, signal }: FormOptions,
): Promise<readonly string[] | undefined> {
  const { promise, resolve } = Promise.withResolvers<readonly string[] | undefined>();
  let state = openForm(questions);
  const output = new FlickerFree(terminal);
  const paint = colour ? colourPaint : plainPaint;
  const view = (): ReactElement => createElement(Form, { state, columns: sizeOf(terminal).columns, paint, onInput });
  const end = (answers: readonly string[] | undefined): void => {
    signal.removeEventListener('abort', leave);
    terminal.off('resize', draw);
    ink.unmount();
    resolve(answers);
  };
  const leave = (): void => end(undefined);
  const draw = (): void => ink.rerender(view());
  const onInput = (change: ((before: FormState) => FormState) | undefined): void => {
    if (change === undefined) return leave();
    state = change(state);
    draw();
    if (state.answers.length === questions.length) end(state.answers);
  };
  const { stream } = output;
  const ink = render(view(), { stdout: stream, stderr: stream, patchConsole: false, exitOnCtrlC: false });
  terminal.on('resize', draw);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  return promise;
}

/** A line that was pasted whole is answered with its end. */
function pasted(state: FormState, text: string): FormState {
  const [first = '', ...more] = text.split(/\r\n?|\n/);
  return more.reduce((before, line) => typedText(pressedKey(before, 'enter'), line), typedText(state, first));
}

interface FormProps {
  readonly state: FormState;
  readonly columns: number;
  readonly paint: Paint;
  /** Undefined: the person leaves. */
  readonly onInput: (change: ((before: FormState) => FormState) | undefined) => void;
}

function Form({ state, columns, paint, onInput }: FormProps): ReactElement {
  useInput((input, key) => {
    if (key.ctrl && (input === 'c' || input === 'd')) onInput(undefined);
    else if (key.return) onInput((before) => pressedKey(before, 'enter'));
    else if (key.upArrow) onInput((before) => pressedKey(before, 'back'));
    else if (key.backspace || key.delete) onInput((before) => pressedKey(before, 'erase'));
    else if (key.ctrl && input === 'u') onInput((before) => pressedKey(before, 'clear'));
    else if (!key.ctrl && !key.meta && !key.escape) onInput((before) => pasted(before, input));
  });
  return createElement(Lines, { lines: formLines(state, columns).map((line) => painted(line, paint)) });
}
