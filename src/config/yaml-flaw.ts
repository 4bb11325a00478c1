import { visit, type Document, type YAMLError } from 'yaml';

/** What is wrong with a text that is to be YAML, in the words of those who write it. */
export interface YamlFlaw {
  readonly message: string;
  readonly hint?: string;
  /** Offset of the place, and of what follows it. */
  readonly start: number;
  readonly end: number;
}

const quotes = { QUOTE_DOUBLE: '"', QUOTE_SINGLE: "'" } as const;
const keyHint = 'Write it as key: value, with a blank after the colon.';

/** The parser's own message stays where it is plain enough, or rare. */
export function yamlFlaw(error: YAMLError, document: Document.Parsed, text: string): YamlFlaw {
  const [start, end] = error.pos;
  const at = { start, end };
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return {
        message: 'This key stands twice in one map',
        hint: 'Keep one of the two.',
        start,
        end: start + keyLength(text, start),
      };
    case 'RESOURCE_EXHAUSTION':
      return { message: 'This is too deeply nested', ...at };
    case 'TAG_RESOLVE_FAILED':
      return { message: 'Tags of YAML have no meaning here', hint: 'Write the value without a tag.', ...at };
    case 'MULTIPLE_DOCS':
      return { message: 'Only one document is allowed', hint: 'Remove this line and what follows it.', ...at };
    case 'NON_STRING_KEY':
      return { message: 'A key must be a text', ...at };
    case 'TAB_AS_INDENT':
      return { message: 'A tab cannot indent', hint: 'Indent with blanks.', ...at };
    case 'BAD_INDENT':
      return badIndent(error.message, start, end, text);
    case 'MULTILINE_IMPLICIT_KEY':
      return { message: 'This key has no colon after it', hint: keyHint, ...at };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'A second map begins on this line',
        hint: "A text with ': ' in it goes into quotes; a map begins on a line of its own.",
        ...at,
      };
    case 'BAD_SCALAR_START':
      return { message: `A text cannot begin with ${text[start] ?? ''}`, hint: 'Put it into quotes.', ...at };
    case 'BAD_DQ_ESCAPE':
      return {
        message: `${error.message.split(' ').at(-1)} has no meaning between double quotes`,
        hint: String.raw`A backslash is written \\, or stands between single quotes.`,
        ...at,
      };
    case 'MISSING_CHAR':
      return missing(error.message, document, at);
    default:
      return { message: error.message, ...at };
  }
}

function keyLength(text: string, start: number): number {
  return /^[^\s:]*/.exec(text.slice(start, start + 200))?.[0].length ?? 0;
}

function badIndent(message: string, start: number, end: number, text: string): YamlFlaw {
  const blanks = /^ */.exec(text.slice(start))?.[0].length ?? 0;
  return (
    openBracket(message, { start, end }) ?? {
      message: 'This begins in another column than what stands beside it',
      hint: 'Keys of one map begin in one column, and so do the items of one list.',
      start: start + blanks,
      end: Math.max(end, start + blanks + 1),
    }
  );
}

function openBracket(message: string, at: Pick<YamlFlaw, 'start' | 'end'>): YamlFlaw | undefined {
  const bracket = /end with a ([}\]])/.exec(message)?.[1];
  if (bracket === undefined) return undefined;
  const what = bracket === '}' ? 'map that begins with {' : 'list that begins with [';
  return { message: `Before this a ${bracket} is missing`, hint: `Close the ${what}.`, ...at };
}

function missing(message: string, document: Document.Parsed, at: Pick<YamlFlaw, 'start' | 'end'>): YamlFlaw {
  if (message.startsWith('Missing closing')) return openText(document, at) ?? { message, ...at };
  if (message.startsWith('Implicit map keys'))
    return { message: 'This key has no colon after it', hint: keyHint, ...at };
  if (message.startsWith('Missing ,')) return { message: 'Before this a comma is missing', ...at };
  if (message.startsWith('Comments must')) return { message: 'Before the # of a comment a blank is missing', ...at };
  return openBracket(message, at) ?? { message, ...at };
}

/** The text whose end the parser did not find: it says where it gave up, which is the end of the file. */
function openText(document: Document.Parsed, { start }: Pick<YamlFlaw, 'start'>): YamlFlaw | undefined {
  let found: YamlFlaw | undefined;
  visit(document, {
    Scalar: (_, node) => {
      if (node.type !== 'QUOTE_DOUBLE' && node.type !== 'QUOTE_SINGLE') return undefined;
      const [from = 0, to = 0] = node.range ?? [];
      if (to < start) return undefined;
      const quote = quotes[node.type];
      const message = `The text that begins here has no ${quote} at its end`;
      found = { message, hint: `Close it with ${quote}.`, start: from, end: from + 1 };
      return visit.BREAK;
    },
  });
  return found;
}
