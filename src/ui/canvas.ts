import { Rewriter } from './rewrite.ts';

/** Puts lines on the terminal: those that stay, and below them those that are drawn anew each time. */
export interface Canvas {
  readonly draw: (settled: readonly string[], live: readonly string[]) => void;
  /** Takes the live lines away, and leaves the terminal as it was. */
  readonly end: (settled: readonly string[]) => void;
}

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
/** Of which a process dies where nobody listens, without an exit that could be heard. */
const deadly = ['SIGHUP', 'SIGQUIT'] as const;

/** Lines and nothing else. */
export function openCanvas(terminal: NodeJS.WriteStream): Canvas {
  const rewriter = new Rewriter(terminal);
  const show = (): void => void terminal.write(showCursor);
  const die = (signal: NodeJS.Signals): void => {
    show();
    process.kill(process.pid, signal);
  };
  const draw: Canvas['draw'] = (settled, live) => rewriter.write([...settled, ...live], live.length);
  terminal.write(hideCursor);
  process.once('exit', show);
  for (const signal of deadly) process.once(signal, die);
  return {
    draw,
    end: (settled) => {
      draw(settled, []);
      process.off('exit', show);
      for (const signal of deadly) process.off(signal, die);
      show();
    },
  };
}
