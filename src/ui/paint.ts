import { styleText } from 'node:util';

/** What a piece of text is, for a terminal with colours. */
export type Role = 'heading' | 'good' | 'stale' | 'bad' | 'warning' | 'hint' | 'quiet';

/** Gives a text the look of its role. */
export type Paint = (role: Role, text: string) => string;

export const plainPaint: Paint = (_role, text) => text;

const styles: Readonly<Record<Role, Parameters<typeof styleText>[0]>> = {
  heading: 'bold',
  good: 'green',
  stale: 'yellow',
  bad: ['red', 'bold'],
  warning: ['yellow', 'bold'],
  hint: 'cyan',
  quiet: 'dim',
};

export const colourPaint: Paint = (role, text) =>
  text === '' ? '' : styleText(styles[role], text, { validateStream: false });

/**
 * Whether a stream is to have colours: FORCE_COLOR says yes (but for 0), NO_COLOR no, else a terminal that is not dumb
 * has them. `isTerminal` is asked last.
 */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return isTerminal && env['TERM'] !== 'dumb';
}
