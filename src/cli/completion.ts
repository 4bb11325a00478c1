import type { Argument, Command, Option } from 'commander';

/** What may stand at the cursor. */
export interface Candidate {
  readonly text: string;
  /** A few words; may be empty. */
  readonly about: string;
}

/** `files` where a path is wanted: shells know those themselves. */
export type Completion = 'files' | readonly Candidate[];

export interface CompleteOptions {
  /** Names of targets and groups; asked only where one may stand. */
  readonly targets: (place: ManifestPlace) => Promise<readonly Candidate[]>;
}

/** Where a command line says that the manifest is. */
export interface ManifestPlace {
  readonly directory?: string;
  readonly file?: string;
}

const pathValues: readonly string[] = ['directory', 'file', 'metadataFile', 'output'];
const commonPlatforms = ['linux/amd64', 'linux/arm64'];

/**
 * What may stand at the end of a command line. Nothing that is wrong in the line is told: it gives fewer candidates.
 * @param words after the program's name; the last one is what was typed of the word at the cursor, or empty
 */
export async function complete(
  program: Command,
  words: readonly string[],
  { targets }: CompleteOptions,
): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1));
  const { command, waiting } = line;
  if (waiting !== undefined) return matching(valuesOf(waiting), current);
  const [, flag = '', start] = /^(--[^=]+)=([^]*)$/.exec(current) ?? [];
  const named = command.options.find(({ long }) => long === flag);
  if (named !== undefined && start !== undefined && !line.isOptionsEnd) {
    const values = matching(valuesOf(named), start);
    return values === 'files' ? values : values.map((value) => ({ ...value, text: `${flag}=${value.text}` }));
  }
  if (current.startsWith('-') && !line.isOptionsEnd) return matching(flagsOf(line), current);
  if (command.commands.length > 0) return matching(commandsOf(command), current);
  const argument = command.registeredArguments[line.operands.length] ?? lastVariadic(command);
  if (argument === undefined || line.isOptionsEnd) return [];
  if (argument.argChoices !== undefined) return matching(plain(argument.argChoices), current);
  if (!/^target/i.test(argument.name())) return [];
  const found = await targets(line.place);
  return matching(
    found.filter(({ text }) => !line.operands.includes(text)),
    current,
  );
}

interface Line {
  readonly command: Command;
  readonly operands: readonly string[];
  readonly given: ReadonlySet<Option>;
  readonly place: ManifestPlace;
  /** An option before the cursor that still wants its value. */
  readonly waiting?: Option;
  /** `--` was said. */
  readonly isOptionsEnd: boolean;
}

function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  let waiting: Option | undefined;
  let isOptionsEnd = false;
  const operands: string[] = [];
  const given = new Set<Option>();
  const place: Record<string, string> = {};
  const keep = (option: Option, value: string): void => {
    if (option.attributeName() === 'directory' || option.attributeName() === 'file')
      place[option.attributeName()] = value;
  };
  for (const word of words) {
    if (waiting !== undefined) {
      keep(waiting, word);
      waiting = undefined;
    } else if (isOptionsEnd || !word.startsWith('-') || word === '-') {
      const below = operands.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (below === undefined) operands.push(word);
      else command = below;
    } else if (word === '--') isOptionsEnd = true;
    else {
      const [flag, value] = word.split(/=([^]*)/);
      const option = command.options.find(({ short, long }) => flag === short || flag === long);
      if (option === undefined) continue;
      given.add(option);
      if (value !== undefined) keep(option, value);
      else if (option.required) waiting = option;
    }
  }
  return { command, operands, given, place, isOptionsEnd, ...(waiting === undefined ? {} : { waiting }) };
}

function valuesOf(option: Option): Completion {
  if (option.argChoices !== undefined) return plain(option.argChoices);
  if (pathValues.includes(option.attributeName())) return 'files';
  return option.attributeName() === 'platform' ? plain(commonPlatforms) : [];
}

/** Those that may be given several times are offered again. */
function flagsOf({ command, given }: Line): readonly Candidate[] {
  const left = command.options.filter(
    (option) => !option.hidden && (!given.has(option) || Array.isArray(option.defaultValue)),
  );
  return [...left, ...helpOf(command)].flatMap(({ short, long, description }) =>
    [long, short].flatMap((text) =>
      text === undefined || text === null ? [] : [{ text, about: firstWords(description) }],
    ),
  );
}

function helpOf(command: Command): readonly Pick<Option, 'short' | 'long' | 'description'>[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long === '--help');
}

function commandsOf(command: Command): readonly Candidate[] {
  const help = command.createHelp();
  return help.visibleCommands(command).map((one) => ({ text: one.name(), about: firstWords(one.description()) }));
}

function lastVariadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return last?.variadic === true ? last : undefined;
}

function plain(texts: readonly string[]): readonly Candidate[] {
  return texts.map((text) => ({ text, about: '' }));
}

function matching(all: Completion, start: string): Completion {
  return all === 'files' ? all : all.filter(({ text }) => text.startsWith(start));
}

/** Shells show a line; tabs and line breaks would end it. */
function firstWords(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replace(/[;:(].*$/, '')
    .trim();
}
