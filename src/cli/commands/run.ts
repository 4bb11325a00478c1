import { PycontainerError } from '../../errors.ts';
import { selectTargets } from '../../index.ts';
import { isEngine } from '../../engine/engine.ts';
import type { Streams } from '../../run/one-command.ts';
import { startOrder } from '../../run/order.ts';
import type { Interrupts } from '../attended.ts';
import type { Console } from '../console.ts';
import { chooseTargets, findConfig, openWorkspace } from '../session.ts';
import { type BuildOptions, buildTargets } from './build.ts';

/** Builds a target and runs one command in a container of its own; the command's exit status is ours. */
export async function runCommand(
  name: string,
  command: readonly string[],
  options: BuildOptions,
  console: Console,
  { signal, outlast }: Interrupts,
): Promise<number> {
  const config = await findConfig(options, console);
  const [target, ...others] = selectTargets(config, [name]);
  if (target === undefined || others.length > 0) {
    throw new PycontainerError('usage', `'${name}' stands for several targets; one can run a command`);
  }
  const names = startOrder([target], config.targets).map((one) => one.name);
  await using workspace = await openWorkspace(config, options, console, signal);
  const engine = await workspace.engine();
  if (!isEngine(engine)) throw new PycontainerError('engine-unreachable', engine.why, { hint: engine.hint });
  const wanted = chooseTargets(config, names, options).map((one) => workspace.toRun(one));
  const result = await buildTargets(workspace, wanted, [], console);
  outlast(() => process.exit(130));
  const { streams, restore } = standardStreams();
  try {
    return await workspace.runOne(result, engine, {
      target: target.name,
      command: command.length === 0 ? undefined : command,
      streams,
    });
  } finally {
    restore();
  }
}

/** Ours; a terminal, where all of them are one, is the command's until it is given back. */
function standardStreams(): { readonly streams: Streams; readonly restore: () => void } {
  const { stdin, stdout, stderr } = process;
  const pause = (): void => void stdin.pause();
  const streams = { input: stdin, output: stdout, errors: stderr };
  if (!stdin.isTTY || !stdout.isTTY) return { streams, restore: pause };
  stdin.setRawMode(true);
  let onResize = (): void => undefined;
  stdout.on('resize', () => onResize());
  return {
    streams: {
      ...streams,
      terminal: {
        size: () => ({ rows: stdout.rows, columns: stdout.columns }),
        onResize: (act) => {
          onResize = act;
        },
      },
    },
    restore: () => {
      stdin.setRawMode(false);
      pause();
    },
  };
}
