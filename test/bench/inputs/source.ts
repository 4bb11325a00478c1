const shortest = 8;
const opening = '_=[';
/** Of sixteen lines, one after the other; wheels then take about as long to compile as real ones of their size. */
const commentLines = 2;
const longestKeyword = 8;
const keywords = new Set(
  `and as assert async await break class continue def del elif else except finally for from global if import in is lambda
  nonlocal not or pass raise return try while with yield`.split(/\s+/),
);

/**
 * Makes Python of generated text, in place and as long as it was: one list of expressions over its words, with some of
 * its lines as comments. So pip has something to compile, as it has in real packages.
 */
export function toPython(text: Buffer): Buffer {
  if (text.length < shortest) return text.fill('#');
  const last = text.length - 1;
  let index = 0;
  for (let start = text.write(opening); start < last; index++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? last : Math.min(newline, last);
    const isComment = (index > 0 && index % 16 < commentLines) || isLetter(text[end - 1]);
    if (isComment && start < end && end < last) text[start] = code('#');
    else toExpressions(text, start, end);
    start = end + 1;
  }
  text[last] = code(']');
  return text;
}

/** One operator stands between words, and a comma behind the last one. */
function toExpressions(text: Buffer, start: number, end: number): void {
  let hasWord = false;
  for (let at = start; at < end;) {
    const from = at;
    if (isLetter(text[at])) {
      while (at < end && isLetter(text[at])) at++;
      if (at - from <= longestKeyword) capitalizeKeyword(text, from, at);
      hasWord = true;
    } else {
      const char = text[at];
      for (; at < end && !isLetter(text[at]); at++) text[at] = code(' ');
      if (hasWord) text[from] = at === end ? code(',') : operator(char);
    }
  }
}

function operator(char: number | undefined): number {
  if (char === code('(')) return code('+');
  if (char === code(')')) return code('-');
  return char === code(',') || char === code(':') ? code(',') : code('.');
}

/** `if` is no name, and `If` is one. */
function capitalizeKeyword(text: Buffer, start: number, end: number): void {
  if (keywords.has(text.toString('latin1', start, end))) text[start] = (text[start] ?? 0) - 32;
}

function isLetter(char: number | undefined): boolean {
  return char !== undefined && char >= code('a') && char <= code('z');
}

function code(char: string): number {
  return char.charCodeAt(0);
}
