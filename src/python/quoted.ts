const simpleEscapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * What stands between the quotes of a Python string literal, escapes resolved; undefined when Python would not read it.
 * Named characters (`\N{…}`) are not known here and count as unreadable.
 */
export function unquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1);
  if (/\0/.test(inner) || /\r|(?<!\\)\n/.test(inner.replaceAll('\\\\', ''))) return undefined;
  let readable = true;
  const text = inner.replaceAll(/\\(x..|u.{4}|U.{8}|[0-7]{1,3}|[^])?/g, (whole: string, escape: string = '') => {
    const character = resolve(escape);
    readable &&= character !== undefined;
    return character ?? whole;
  });
  return readable ? text : undefined;
}

/** Python keeps the backslash of an escape that it does not know. */
function resolve(escape: string): string | undefined {
  const simple = simpleEscapes[escape];
  if (simple !== undefined) return simple;
  if (/^[0-7]/.test(escape)) return String.fromCodePoint(Number.parseInt(escape, 8));
  if (/^[xuU]/.test(escape)) return resolveHexadecimal(escape.slice(1));
  return escape === '' || escape === 'N' ? undefined : `\\${escape}`;
}

function resolveHexadecimal(digits: string): string | undefined {
  const code = /^[0-9a-f]+$/i.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** A text as a literal, in double quotes where that is possible; {@link unquote} gives the text back. */
export function quote(text: string): string {
  const plain = [`"${text}"`, `'${text}'`].find((literal) => isLiteral(literal) && unquote(literal) === text);
  return plain ?? `"${text.replaceAll(/[\\"\n\r\0]/g, escapeCharacter)}"`;
}

function isLiteral(literal: string): boolean {
  return literal.indexOf(literal.charAt(0), 1) === literal.length - 1;
}

/** Without a quote character in it: markers end a literal at the next one, escaped or not. */
function escapeCharacter(character: string): string {
  return character === '\\' ? '\\\\' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
