import { PycontainerError } from '../../errors.ts';
import { selectTargets } from '../../index.ts';
import { tellLogs } from '../../run/logs.ts';
import { targetRole } from '../../ui/paint.ts';
import { visible } from '../../ui/visible.ts';
import type { Console } from '../console.ts';
import type { SharedOptions } from '../options.ts';
import { openProjectEngine } from '../project-engine.ts';

export interface LogsOptions extends SharedOptions {
  readonly follow: boolean;
  readonly tail?: string;
}

/** Prints what the targets' containers wrote, on stdout. */
export async function logsCommand(
  names: readonly string[],
  options: LogsOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const tail = parseTail(options.tail);
  await using opened = await openProjectEngine(options, console);
  const { config, engine, project } = opened;
  const targets = names.length === 0 ? [] : selectTargets(config, names).map(({ name }) => name);
  await tellLogs(engine, project, targets, { follow: options.follow, tail, signal }, (target, { text }) => {
    console.result(`${console.paint(targetRole(target), target.padEnd(8))} | ${visible(text)}`);
  });
  return 0;
}

function parseTail(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all') return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new PycontainerError('usage', `--tail takes a number of lines or 'all', not '${text}'`);
}
