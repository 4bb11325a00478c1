import { type Command, Option } from 'commander';

const progressKinds = ['auto', 'tty', 'plain', 'rawjson'] as const;
export type Progress = (typeof progressKinds)[number];

/** Flags that every command takes. */
export interface ConsoleOptions {
  readonly directory?: string;
  readonly progress: Progress;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Flags of commands that read a manifest. */
export interface SharedOptions extends ConsoleOptions {
  readonly file?: string;
  readonly set: readonly string[];
}

/** Flags of commands that look at targets. */
export interface TargetOptions extends SharedOptions {
  readonly tag: readonly string[];
  readonly platform: readonly string[];
  readonly push: boolean;
  readonly load: boolean;
  readonly locked: boolean;
  readonly offline: boolean;
  readonly cache: boolean;
  readonly pull: boolean;
  readonly strict: boolean;
  /** It is done again and again. */
  readonly watch?: boolean;
}

/** For what builds. */
export const metadataFile = ['--metadata-file <file>', 'write digests, sizes and reasons there as JSON'] as const;

export function addConsoleOptions(command: Command): Command {
  return command
    .option('-C, --directory <dir>', 'work as if started in this folder')
    .addOption(new Option('--progress <kind>', 'how to show what happens').choices(progressKinds).default('auto'))
    .option('-v, --verbose', 'say more', false)
    .option('-q, --quiet', 'say only results, warnings and errors', false);
}

/** @param file the flags of the manifest, where `-f` means something else */
export function addSharedOptions(command: Command, file = '-f, --file <file>'): Command {
  return addConsoleOptions(command)
    .option(file, 'the manifest (default: pycontainer.yaml, found upwards)')
    .option('--set <target.key=value>', 'lay a value over the manifest; may be given several times', collect, []);
}

export function addTargetOptions(command: Command): Command {
  return addSharedOptions(command)
    .option(
      '-t, --tag <name>',
      'name the image this, instead of what the manifest says; ${target} stands for the target',
      collect,
      [],
    )
    .option('--platform <os/arch>', 'build for this platform instead; may be given several times', collect, [])
    .option('--push', 'send the images to the registries that their tags name', false)
    .option('--load', 'give the images to Docker or Podman, also where outputs do not say so', false)
    .option('--locked', 'fail if pycontainer.lock would change', false)
    .option('--offline', 'use no network', false)
    .option('--no-cache', 'make every layer anew')
    .option('--pull', 'take what the tags of bases stand for now', false)
    .option('--strict', 'make errors of warnings about dependencies', false);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
