import { type Command, Option } from 'commander';
import { attended } from './attended.ts';
import { diffCommand, type DiffOptions } from './commands/diff.ts';
import { inspectCommand, type InspectOptions } from './commands/inspect.ts';
import { verifyCommand, type VerifyOptions } from './commands/verify.ts';
import { addSharedOptions } from './options.ts';

const images = 'a target, a reference, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE or engine:NAME';

/** The commands that look into images. `end` takes the exit status. */
export function addImageCommands(program: Command, end: (status: number) => void): void {
  const format = (): Option => new Option('--format <kind>', 'text or json').choices(['text', 'json']).default('text');
  addImageOptions(program.command('inspect').description('show what an image consists of'))
    .argument('<image>', images)
    .addOption(format())
    .action(async (image: string, options: InspectOptions) => {
      end(await attended(options, (console, signal) => inspectCommand(image, options, console, signal)));
    });
  addImageOptions(
    program.command('diff').description('show what differs between two images; exit 1 when something does'),
  )
    .argument('<from>', images)
    .argument('[to]', 'the other; left out: what the target, whose name comes first, would be built to now')
    .option('--locked', 'fail if pycontainer.lock would change', false)
    .addOption(format())
    .action(async (from: string, to: string | undefined, options: DiffOptions) => {
      end(await attended(options, (console, signal) => diffCommand(from, to, options, console, signal)));
    });
  addImageOptions(
    program.command('verify').description('say whether an image is exactly what is planned; exit 1 when it is not'),
  )
    .argument('<image>', images)
    .option('--target <name>', 'what it is to be (default: the target that was named, or the only one)')
    .option('--locked', 'fail if pycontainer.lock would change', false)
    .action(async (image: string, options: VerifyOptions) => {
      end(await attended(options, (console, signal) => verifyCommand(image, options, console, signal)));
    });
}

function addImageOptions(command: Command): Command {
  return addSharedOptions(command)
    .option('--platform <os/arch>', 'the one of several platforms (default: this machine’s, else the first)')
    .option('--offline', 'use no network', false);
}
