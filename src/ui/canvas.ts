import { Rewriter } from './rewrite.ts';

/** Puts lines on the terminal: those that stay, and below them those that are drawn anew each time. */
export interface Canvas {
  readonly draw: (settled: readonly string[], live: readonly string[]) => void;
  /** Takes the live lines away, and leaves the terminal as it was. */
  readonly end: (settled: readonly string[]) => void;
}

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

/** Lines and nothing else. */
export function openCanvas(terminal: NodeJS.WriteStream): Canvas {
  const rewriter = new Rewriter(terminal);
  const show = (): void => void terminal.write(showCursor);
  const draw: Canvas['draw'] = (settled, live) => rewriter.write([...settled, ...live], live.length);
  terminal.write(hideCursor);
  process.once('exit', show);
  return {
    draw,
    end: (settled) => {
      draw(settled, []);
      process.off('exit', show);
      show();
    },
  };
}
