import { type Command, Option } from 'commander';
import { type AnswerKeeper, kept } from './answer/answers.ts';
import { attended, type Interrupts } from './attended.ts';
import type { BuildOptions } from './commands/build.ts';
import type { Console } from './console.ts';
import { runCommand } from './commands/run.ts';
import { downCommand, type DownOptions } from './commands/down.ts';
import { logsCommand, type LogsOptions } from './commands/logs.ts';
import { psCommand, type PsOptions } from './commands/ps.ts';
import { upCommand } from './commands/up.ts';
import { watchCommand, type WatchOptions } from './commands/watch.ts';
import { addSharedOptions, addTargetOptions, metadataFile } from './options.ts';

const names = ['[target...]', 'targets, groups or globs (default: all)'] as const;

/** The commands that have to do with containers. `end` takes the exit status. */
export function addRunCommands(
  program: Command,
  keeper: AnswerKeeper | undefined,
  end: (status: number) => void,
): void {
  const up = program.command('up').description('build what is stale, deliver it, and run what says `run`');
  addTargetOptions(up)
    .argument(...names)
    .option(...metadataFile)
    .option('-d, --detach', 'leave the containers running, and end')
    .addOption(
      new Option('--attach', 'show logs, and stop the containers at the end (default: on a terminal)').conflicts(
        'detach',
      ),
    )
    .addOption(
      new Option('--watch', 'do it again whenever something changes, until Ctrl-C')
        .default(false)
        .conflicts(['detach', 'metadataFile']),
    )
    .option('--poll', 'with --watch: look for changes every second, where the system does not tell of them', false)
    .action(async (chosen: readonly string[], options: WatchOptions & { readonly watch: boolean }) => {
      const command = options.watch ? watchCommand : upCommand;
      const act = (console: Console, interrupts: Interrupts): Promise<number> =>
        kept(keeper, console, options, (heard) => command(chosen, options, heard, interrupts));
      end(await attended(options, (console, _, interrupts) => act(console, interrupts)));
    });
  const run = program.command('run').description("run one command in a target's image; its exit status is ours");
  addTargetOptions(run)
    .argument('<target>', 'whose image it is')
    .argument('[command...]', 'behind `--`; default: what the image starts with')
    .action(async (target: string, command: readonly string[], options: BuildOptions) => {
      const act = (console: Console, interrupts: Interrupts): Promise<number> =>
        runCommand(target, command, options, console, interrupts);
      end(await attended(options, (console, _, interrupts) => act(console, interrupts)));
    });
  const down = program.command('down').description('stop and remove the containers that `up` and `run` made');
  addSharedOptions(down)
    .argument(...names)
    .option('--volumes', 'also remove volumes, with what is in them', false)
    .action(async (chosen: readonly string[], options: DownOptions) => {
      end(await attended(options, (console) => downCommand(chosen, options, console)));
    });
  addSharedOptions(program.command('ps').description('list the containers of the project'))
    .addOption(new Option('--format <kind>', 'text or json').choices(['text', 'json']).default('text'))
    .action(async (options: PsOptions) => {
      end(await attended(options, (console) => psCommand(options, console)));
    });
  addSharedOptions(program.command('logs').description('show what containers wrote'), '--file <file>')
    .argument(...names)
    .option('-f, --follow', 'go on until the containers end', false)
    .option('--tail <lines>', 'only so many of the last lines')
    .action(async (chosen: readonly string[], options: LogsOptions) => {
      end(await attended(options, (console, signal) => logsCommand(chosen, options, console, signal)));
    });
}
