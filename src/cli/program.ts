import { Command, CommanderError, Option } from 'commander';
import { type AnswerKeeper, kept } from './answer/answers.ts';
import { attended } from './attended.ts';
import { buildCommand, type BuildOptions } from './commands/build.ts';
import { listCommand, pruneCommand, type PruneCommandOptions } from './commands/cache.ts';
import { addCompletion } from './commands/completion.ts';
import { doctorCommand, type DoctorOptions } from './commands/doctor.ts';
import { initCommand, type InitOptions } from './commands/init.ts';
import { lockCommand, type LockOptions } from './commands/lock.ts';
import { loginCommand, type LoginOptions } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { planCommand, type PlanOptions } from './commands/plan.ts';
import { schemaCommand } from './commands/schema.ts';
import { type Console, printError } from './console.ts';
import { addImageCommands } from './image-commands.ts';
import { addConsoleOptions, addTargetOptions, type ConsoleOptions, metadataFile } from './options.ts';
import { addRunCommands } from './run-commands.ts';
import { usageError } from './usage.ts';
import { version } from './version.ts';

/**
 * Runs a command line; answers with the exit status: 0 done, 1 the work failed, 2 the request was wrong, 130 interrupted.
 * @param keeper of answers of commands that build
 */
export async function main(argv: readonly string[], keeper?: AnswerKeeper): Promise<number> {
  let status = 0;
  const program = new Command('pycontainer')
    .description('Turns Python projects into OCI images from one committed file, pycontainer.yaml.')
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const targets = (
    command: Command,
    action: (names: readonly string[], options: never, console: Console, signal: AbortSignal) => Promise<number>,
  ): void => {
    command
      .argument('[target...]', 'targets, groups or globs (default: all)')
      .action(async (names: readonly string[], options: ConsoleOptions) => {
        status = await attended(options, (console, signal) => action(names, options as never, console, signal));
      });
  };
  const format = new Option('--format <kind>', 'text, json or dot').choices(['text', 'json', 'dot']).default('text');
  targets(
    addTargetOptions(program.command('plan').description('show what is stale, and why'))
      .option('--explain', 'every reason on a line of its own', false)
      .option('--remote', 'ask registries what they lack', false)
      .addOption(format),
    (names, options: PlanOptions, console, signal) => planCommand(names, options, console, signal),
  );
  targets(
    addTargetOptions(program.command('build').description('build what is stale and deliver it')).option(
      ...metadataFile,
    ),
    (names, options: BuildOptions, console, signal) =>
      kept(keeper, console, options, (heard) => buildCommand(names, options, heard, signal)),
  );
  addRunCommands(program, keeper, (end) => {
    status = end;
  });
  addImageCommands(program, (end) => {
    status = end;
  });
  targets(
    addTargetOptions(
      program
        .command('lock')
        .description('move the bases in pycontainer.lock, and resolve dependencies that no lock pins'),
    ).option('--check', 'only say whether a lock is out of date', false),
    (names, options: LockOptions, console, signal) => lockCommand(names, options, console, signal),
  );
  addConsoleOptions(program.command('init').description('write pycontainer.yaml from what is found here'))
    .option('-y, --yes', 'ask nothing', false)
    .option('--force', 'write over a manifest that is there', false)
    .action(async (options: InitOptions) => {
      status = await attended(options, (console, signal) => initCommand(options, console, signal));
    });
  const cache = program.command('cache').description('look at the store of layers and wheels, or make it smaller');
  addConsoleOptions(cache.command('ls').description('list what is in it, the largest first')).action(
    async (options: ConsoleOptions) => {
      status = await attended(options, (console) => listCommand(console));
    },
  );
  addConsoleOptions(cache.command('prune').description('remove what is not used'))
    .option('--unused-for <time>', 'what was not used for so long, such as 30d')
    .option('--max-size <size>', 'the longest unused, until no more than this is left, such as 10GB')
    .action(async (options: ConsoleOptions & PruneCommandOptions) => {
      status = await attended(options, (console) => pruneCommand(options, console));
    });
  addConsoleOptions(program.command('login').description('keep a login for a registry, once it is found right'))
    .argument('<host>', 'the registry, such as ghcr.io or docker.io')
    .option('-u, --username <user>', 'the user name; asked for where it is left out')
    .option('--password-stdin', 'read the password from standard input', false)
    .addOption(new Option('-p, --password <password>').hideHelp())
    .action(async (host: string, options: LoginOptions) => {
      status = await attended(options, (console, signal) => loginCommand(host, options, console, signal));
    });
  addConsoleOptions(program.command('logout').description('forget the login for a registry'))
    .argument('<host>', 'the registry')
    .action(async (host: string, options: ConsoleOptions) => {
      status = await attended(options, (console) => logoutCommand(host, options, console));
    });
  addConsoleOptions(program.command('doctor').description('say what works here, what does not, and what to do'))
    .option('--remote', 'also ask registries and package indexes', false)
    .addOption(new Option('--format <kind>', 'text or json').choices(['text', 'json']).default('text'))
    .action(async (options: DoctorOptions) => {
      status = await attended(options, (console) => doctorCommand(options, console));
    });
  program.command('schema').description('print the JSON Schema of pycontainer.yaml').action(schemaCommand);
  addCompletion(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') printError(usageError(error, program, argv));
    return 2;
  }
}
