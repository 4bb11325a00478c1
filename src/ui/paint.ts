import { styleText } from 'node:util';

/** What a piece of text is, for a terminal with colours. */
export type Role = 'heading' | 'good' | 'stale' | 'bad' | 'warning' | 'hint' | 'quiet' | TargetRole;

/** What a target wrote, so that the logs of several can be told apart. */
export type TargetRole = (typeof targetRoles)[number];

const targetRoles = ['target1', 'target2', 'target3', 'target4', 'target5', 'target6'] as const;

/** The same for a name wherever it is shown. */
export function targetRole(name: string): TargetRole {
  let sum = 0;
  for (let index = 0; index < name.length; index++) sum = (sum * 31 + name.charCodeAt(index)) % 997;
  return targetRoles[sum % targetRoles.length] ?? 'target1';
}

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
  target1: 'cyan',
  target2: 'magenta',
  target3: 'blue',
  target4: 'green',
  target5: 'yellowBright',
  target6: 'blueBright',
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
