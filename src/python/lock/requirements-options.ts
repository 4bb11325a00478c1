/** What stands in one line of a requirements file. */
export interface LineParts {
  /** The requirement as written, up to the first option; empty when there is none. */
  readonly requirement: string;
  readonly options: readonly LineOption[];
}

export interface LineOption {
  /** Long name without dashes. */
  readonly name: OptionName;
  /** Empty for options that take none. */
  readonly value: string;
}

const optionValues = {
  'index-url': true,
  'pypi-url': true,
  'extra-index-url': true,
  'no-index': false,
  constraint: true,
  requirement: true,
  editable: true,
  'find-links': true,
  'no-binary': true,
  'only-binary': true,
  'prefer-binary': false,
  'require-hashes': false,
  pre: false,
  'all-releases': true,
  'only-final': true,
  'trusted-host': true,
  'use-feature': true,
  hash: true,
  'config-settings': true,
  'config-setting': true,
} as const;

export type OptionName = keyof typeof optionValues;

const names = Object.keys(optionValues).filter(isOptionName);

const shortNames: ReadonlyMap<string, OptionName> = new Map([
  ['i', 'index-url'],
  ['c', 'constraint'],
  ['r', 'requirement'],
  ['e', 'editable'],
  ['f', 'find-links'],
  ['C', 'config-settings'],
]);

/**
 * Splits a line as pip does: a requirement, then options; other words behind an option mean nothing to pip. Undefined for what pip refuses: an unknown option, a missing value, an open quote.
 */
export function parseLine(text: string): LineParts | undefined {
  const tokens = text.split(' ');
  const first = tokens.findIndex((token) => token.startsWith('-'));
  if (first === -1) return { requirement: text, options: [] };
  const words = splitWords(tokens.slice(first).join(' '));
  const options = words === undefined ? undefined : parseOptions(words);
  return options === undefined ? undefined : { requirement: tokens.slice(0, first).join(' '), options };
}

function parseOptions(words: readonly string[]): LineOption[] | undefined {
  const options: LineOption[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined && word !== '--'; word = rest.shift()) {
    if (!/^-./.test(word)) continue;
    const { name, attached } = parseWord(word) ?? {};
    if (name === undefined) return undefined;
    if (!optionValues[name]) {
      if (attached !== undefined) return undefined;
      options.push({ name, value: '' });
      continue;
    }
    const value = attached ?? rest.shift();
    if (value === undefined) return undefined;
    options.push({ name, value });
  }
  return options;
}

function parseWord(word: string): { name: OptionName; attached?: string } | undefined {
  if (word.startsWith('--')) {
    const at = word.indexOf('=');
    const name = longName(word.slice(2, at === -1 ? undefined : at));
    return name === undefined ? undefined : { name, ...(at === -1 ? {} : { attached: word.slice(at + 1) }) };
  }
  const name = word.startsWith('-') ? shortNames.get(word[1] ?? '') : undefined;
  return name === undefined ? undefined : { name, ...(word.length > 2 ? { attached: word.slice(2) } : {}) };
}

/** Long names may be shortened as long as one option is meant. */
function longName(written: string): OptionName | undefined {
  if (isOptionName(written)) return written;
  const fits = names.filter((name) => written !== '' && name.startsWith(written));
  return fits.length === 1 ? fits[0] : undefined;
}

function isOptionName(text: string): text is OptionName {
  return Object.hasOwn(optionValues, text);
}

/** Splits as a shell does, as far as Python's shlex knows shells. Undefined for an open quote. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"([^"\\]*(?:\\[^][^"\\]*)*)"|\\([^])|([^\s'"\\]+)/y;
  let word: string | undefined;
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    if (found === null) return undefined;
    const [, single, double, escaped, plain] = found;
    const piece = single ?? double?.replaceAll(/\\(["\\])/g, '$1') ?? escaped ?? plain;
    if (piece !== undefined) word = (word ?? '') + piece;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
