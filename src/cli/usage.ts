import { statSync } from 'node:fs';
import type { Command, CommanderError } from 'commander';
import { PycontainerError } from '../errors.ts';

/** Commands that other tools have. */
const elsewhere: Readonly<Record<string, string>> = {
  push: '`pycontainer build --push` builds what is stale and sends it.',
  sbom: 'SBOMs are not supported; make one of the finished image with a tool for that.',
  images: '`pycontainer cache ls` lists what is in the store, and `pycontainer inspect` shows an image.',
  stop: '`pycontainer down` stops what `up` started.',
  exec: '`pycontainer run TARGET -- COMMAND` runs a command in a container of its own.',
};

/** What is wrong with a command line, as other errors are told. */
export function usageError(error: CommanderError, program: Command, argv: readonly string[]): PycontainerError {
  const command = program.commands.find((one) => one.name() === argv[0]);
  const [first = '', second = ''] = error.message.replace(/^error: /, '').split('\n');
  const near = /^\(Did you mean (.*)\?\)$/.exec(second)?.[1];
  const suggestion = near === undefined ? undefined : `Did you mean ${near}?`;
  const [quoted = '', more = ''] = Array.from(first.matchAll(/'([^']*)'/g), ([, text]) => text);
  const choices = /Allowed choices are (.*)\.$/.exec(first)?.[1];
  const name = ['pycontainer', ...(command === undefined ? [] : [command.name()])].join(' ');
  const listed = (what: string): string => `\`${name} --help\` lists the ${what}.`;
  const usage = command === undefined ? listed('commands') : `It is: ${name} ${command.usage()}`;
  const wrong = (message: string, hint: string): PycontainerError => new PycontainerError('usage', message, { hint });
  switch (error.code) {
    case 'commander.unknownOption':
      return wrong(`There is no option '${quoted}'`, suggestion ?? listed('options'));
    case 'commander.unknownCommand':
      return wrong(`There is no command '${quoted}'`, elsewhere[quoted] ?? suggestion ?? listed('commands'));
    case 'commander.missingArgument':
      return wrong(`<${quoted}> is missing`, usage);
    case 'commander.optionMissingArgument':
      return wrong(`The value of '${quoted}' is missing`, listed('options'));
    case 'commander.excessArguments':
      return wrong('There are too many arguments', usage);
    case 'commander.invalidArgument':
      if (choices === undefined) break;
      return first.startsWith('option')
        ? wrong(`'${more}' is not a value of '${quoted}'`, `There are: ${choices}.`)
        : wrong(`'${quoted}' is not a ${more}`, `There are: ${choices}.`);
  }
  return wrong(first, listed('options'));
}

/** Throws 'usage' where `-C` names no folder: else a manifest above it would be taken. */
export function requireFolder(directory: string | undefined): void {
  if (directory === undefined) return;
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return;
  const what = stats === undefined ? 'There is no folder' : 'This is no folder:';
  throw new PycontainerError('usage', `${what} ${directory}`, { hint: 'Check the path after -C.' });
}
