/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  readonly word: string;
  /** `--name=value` before the arguments. */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows, lines joined, as written. */
  readonly text: string;
  /** The arguments where they are written as a JSON list of strings (exec form). */
  readonly list?: readonly string[];
  /** From 1. */
  readonly line: number;
}

/**
 * Takes a Dockerfile apart: comments, continued lines, the escape directive and here-documents as BuildKit has them.
 * Nothing is judged; a line that is no instruction becomes one with a word of its own.
 *
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function parseDockerfile(text: string): readonly Instruction[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = /^#\s*escape\s*=\s*`\s*$/im.test(directives(lines)) ? '`' : '\\';
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    let start = at;
    let joined = '';
    for (let goesOn = true; goesOn && at < lines.length; at += 1) {
      const line = lines[at] ?? '';
      if (/^\s*#/.test(line) || (joined !== '' && line.trim() === '')) continue;
      if (joined === '') start = at;
      goesOn = line.trimEnd().endsWith(escape);
      joined += goesOn ? `${line.trimEnd().slice(0, -1)} ` : line;
    }
    at = afterHereDocuments(joined, lines, at);
    const instruction = parseInstruction(joined.trim(), start + 1);
    if (instruction !== undefined) instructions.push(instruction);
  }
  return instructions;
}

/** Comments at the very top of the form `# name=value`. */
function directives(lines: readonly string[]): string {
  const end = lines.findIndex((line) => !/^#\s*\w+\s*=/.test(line));
  return lines.slice(0, end === -1 ? undefined : end).join('\n');
}

/** The line after the bodies of the here-documents that an instruction opens. */
function afterHereDocuments(instruction: string, lines: readonly string[], from: number): number {
  if (!/^\s*(?:RUN|COPY|ADD)\s/i.test(instruction)) return from;
  let at = from;
  for (const [, , name] of instruction.matchAll(/<<-?(["']?)([A-Za-z_]\w*)\1/g)) {
    const end = lines.findIndex((line, index) => index >= at && line.trim() === name);
    if (end !== -1) at = end + 1;
  }
  return at;
}

function parseInstruction(text: string, line: number): Instruction | undefined {
  const [, word, rest = ''] = /^(\S+)\s*([^]*)$/.exec(text) ?? [];
  if (word === undefined) return undefined;
  const flags = new Map<string, string>();
  let left = rest;
  for (let match; (match = /^--([\w-]+)(?:=(\S*))?(?:\s+|$)/.exec(left)) !== null;) {
    flags.set(match[1] ?? '', match[2] ?? 'true');
    left = left.slice(match[0].length);
  }
  const list = parseList(left);
  return { word: word.toUpperCase(), flags, text: left.trim(), line, ...(list === undefined ? {} : { list }) };
}

/** A JSON list of strings; undefined where it is none. */
export function parseList(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Words as a shell reads them, quotes taken off; undefined where they need more of a shell than quotes. */
export function simpleWords(text: string): readonly string[] | undefined {
  if (/[$`|&;<>(){}*?~\n\\]/.test(text) || !/^(?:[^"']|"[^"]*"|'[^']*')*$/.test(text)) return undefined;
  const words = [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) => unquote(word));
  return words[0]?.includes('=') === true ? undefined : words;
}

/** `KEY=VALUE …` with quotes taken off, or the older `KEY VALUE`. A dollar that is no variable stays `\$`. */
export function parsePairs(text: string): readonly (readonly [key: string, value: string])[] {
  const [, key = '', value = ''] = /^([^\s=]+)\s+([^]*)$/.exec(text) ?? [];
  if (key !== '') return [[key, value]];
  const pairs = text.matchAll(/([^\s=]+|"[^"]*")=((?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')*)/g);
  return Array.from(pairs, ([, key = '', value = '']) => [unquote(key), unquote(value)] as const);
}

function unquote(text: string): string {
  return text.replaceAll(/"((?:[^"\\]|\\[^])*)"|'([^']*)'|\\([^])/g, (_, double, single, escaped) =>
    String(
      double?.replaceAll(/\\(["\\])/g, '$1') ?? single?.replaceAll('$', '\\$') ?? (escaped === '$' ? '\\$' : escaped),
    ),
  );
}
