/** A start tag, with its name and the names of its attributes in lower case and entities decoded. */
export interface StartTag {
  readonly name: string;
  /** Of an attribute that comes twice, the first counts. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Elements whose content is text, whatever it looks like. */
const textElements = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes']);

/**
 * Finds the start tags of an HTML page, in order, as browsers would for any bytes: comments, declarations and the
 * content of scripts are passed over, attributes may be quoted either way or not at all. Never throws; takes time
 * linear in the page. What is cut off at the end of the page is no tag.
 * @see https://html.spec.whatwg.org/multipage/parsing.html#tokenization
 */
export function* startTags(page: string): Generator<StartTag> {
  let at = page.indexOf('<');
  while (at !== -1) {
    const rest = page.slice(at, at + 4);
    if (rest === '<!--') at = after(page, '-->', at + 2);
    else if (/^<[a-z]/i.test(rest)) {
      const tag = readTag(page, at + 1);
      if (tag === undefined) return;
      yield tag;
      at = textElements.has(tag.name) ? contentEnd(page, tag) : tag.end;
    } else at = /^<[!?/]/.test(rest) ? after(page, '>', at) : at + 1;
    at = at === -1 ? -1 : page.indexOf('<', at);
  }
}

function readTag(page: string, start: number): (StartTag & { readonly end: number }) | undefined {
  const attributes = new Map<string, string>();
  const name = scan(page, start, /[^\s/>]*/y);
  let at = start + name.length;
  for (;;) {
    at += scan(page, at, /[\s/]*/y).length;
    const char = page[at];
    if (char === undefined) return undefined;
    if (char === '>') return { name: name.toLowerCase(), attributes, end: at + 1 };
    const key = scan(page, at, /[^][^\s/>=]*/y);
    at += key.length;
    const equals = scan(page, at, /\s*=\s*/y);
    at += equals.length;
    let value = '';
    if (equals !== '') {
      const quote = page[at];
      if (quote === '"' || quote === "'") {
        const close = page.indexOf(quote, at + 1);
        if (close === -1) return undefined;
        value = page.slice(at + 1, close);
        at = close + 1;
      } else {
        value = scan(page, at, /[^\s>]*/y);
        at += value.length;
      }
    }
    if (!attributes.has(key.toLowerCase())) attributes.set(key.toLowerCase(), decodeEntities(value));
  }
}

function scan(page: string, at: number, pattern: RegExp): string {
  pattern.lastIndex = at;
  return pattern.exec(page)?.[0] ?? '';
}

function after(page: string, text: string, from: number): number {
  const found = page.indexOf(text, from);
  return found === -1 ? -1 : found + text.length;
}

function contentEnd(page: string, { name, end }: { readonly name: string; readonly end: number }): number {
  const close = new RegExp(`</${name}`, 'gi');
  close.lastIndex = end;
  return close.exec(page)?.index ?? -1;
}

/** The named characters that can stand in a URL, a version or a file name. */
const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  excl: '!',
  num: '#',
  dollar: '$',
  percnt: '%',
  lpar: '(',
  rpar: ')',
  ast: '*',
  plus: '+',
  comma: ',',
  hyphen: '\u2010',
  period: '.',
  sol: '/',
  colon: ':',
  semi: ';',
  equals: '=',
  quest: '?',
  commat: '@',
  lowbar: '_',
};

/** Decodes character references; those that are unknown stay as they are. */
export function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,8})|#([0-9]{1,8})|([a-z]{1,8}));/gi, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return named[name.toLowerCase()] ?? whole;
    return characterOf(typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

function characterOf(code: number): string {
  const allowed = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return allowed ? String.fromCodePoint(code) : '\ufffd';
}
