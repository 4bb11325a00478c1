import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Scale } from './session.ts';

/** What the command line asks of the bench. */
export interface Settings {
  /** In the order in which they run. */
  readonly sections: readonly string[];
  readonly scale: Scale;
  readonly runs: number;
  /** A folder of real wheels. */
  readonly wheels?: string;
  /** The longest that one run of one job may take. */
  readonly limitMs: number;
  /** For everything. */
  readonly minutes: number;
  /** Only what the goals speak of is measured: fewer peers, and none of the slow ones twice. */
  readonly isBrief: boolean;
}

/** Sections as the bench has them: which there are, which run when none is named, and which have goals. */
export interface SectionLists {
  readonly all: readonly string[];
  readonly usual: readonly string[];
  readonly goals: readonly string[];
}

/** Throws in words what is wrong with the command line. */
export function settingsOf(args: readonly string[], lists: SectionLists): Settings {
  const { values, positionals } = parse(args);
  const isBrief = positionals.includes('goals');
  const scale = scaleOf(values.scale ?? (isBrief ? 'full' : 'small'));
  const names = positionals.filter((name) => name !== 'goals');
  return {
    sections: sectionsOf(names, isBrief, lists),
    scale,
    runs: positive('runs', values.runs),
    limitMs: positive('limit', values.limit) * 1000,
    minutes: values.minutes === undefined ? usualMinutes(isBrief, scale) : positive('minutes', values.minutes),
    isBrief,
    ...(values.wheels === undefined ? {} : { wheels: path.resolve(values.wheels) }),
  };
}

function parse(args: readonly string[]): {
  readonly values: { scale?: string; runs: string; wheels?: string; limit: string; minutes?: string };
  readonly positionals: readonly string[];
} {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scale: { type: 'string' },
      runs: { type: 'string', default: '5' },
      wheels: { type: 'string' },
      limit: { type: 'string', default: '300' },
      minutes: { type: 'string' },
    },
  });
}

/** After which something must be wrong. */
function usualMinutes(isBrief: boolean, scale: Scale): number {
  if (isBrief) return 40;
  return { small: 40, full: 300 }[scale];
}

function sectionsOf(names: readonly string[], isBrief: boolean, lists: SectionLists): readonly string[] {
  const unknown = names.find((name) => !lists.all.includes(name));
  if (unknown !== undefined) throw new Error(`no section is called ${unknown}: there are ${lists.all.join(', ')}`);
  if (names.length > 0) return lists.all.filter((name) => names.includes(name));
  return isBrief ? lists.goals : lists.usual;
}

function scaleOf(name: string): Scale {
  if (name === 'small' || name === 'full') return name;
  throw new Error('--scale is small or full');
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`--${name} is a positive number`);
}
