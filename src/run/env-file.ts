import { readFileSync } from 'node:fs';
import { PycontainerError, type SourceLocation, systemCode } from '../errors.ts';
import { interpolate, type Lookup } from '../config/interpolate.ts';
import { SourceText } from '../config/source.ts';

/** Variables of one file, in its order; a later line wins. */
export type EnvFile = ReadonlyMap<string, string>;

/**
 * Reads a file of variables: `NAME=VALUE` or `NAME: VALUE`, `export` before it, `NAME` alone for what the environment
 * holds, `#` comments, single quotes (taken as it stands), double quotes (escapes and variables), values over several
 * lines in quotes. Variables are filled in from the environment, then from the lines before.
 *
 * Throws 'env-file-invalid' with every mistake's place.
 *
 * @param shown the path as the user would type it
 * @see https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
 */
export function parseEnvFile(text: string, shown: string, environment: Lookup): EnvFile {
  return new EnvReader(new SourceText(shown, text), environment).read();
}

/** Throws 'env-file-invalid', also when it is not there: `location` then says who asked for it. */
export function readEnvFile(path: string, shown: string, environment: Lookup, location: SourceLocation): EnvFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const why = systemCode(cause) === 'ENOENT' ? 'is not there' : `cannot be read (${systemCode(cause) ?? 'unknown'})`;
    throw new PycontainerError('env-file-invalid', `${shown} ${why}`, {
      hint: 'Paths of env-file are relative to the manifest.',
      location,
      cause,
    });
  }
  return parseEnvFile(bytes.toString('utf8'), shown, environment);
}

const lineStart = /[ \t]*(?:export[ \t]+)?/y;
const blank = /[ \t\r]*(?:#[^\n]*)?(?:\n|$)/y;
const nameAndDelimiter = /([^\s=:#'"]+)[ \t]*([=:]?)[ \t]*/y;
const unquoted = /[^\n]*/y;
const singleQuoted = /'((?:\\'|[^'])*)'/y;
const doubleQuoted = /"((?:\\[^]|[^"\\])*)"/y;
const variableName = /^[^\s=\0]+$/;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

class EnvReader {
  readonly #source: SourceText;
  readonly #text: string;
  readonly #environment: Lookup;
  readonly #values = new Map<string, string>();
  #at = 0;
  /** Where the value of this line begins: it may be a secret, and is covered in lines that are shown. */
  #coveredFrom = 0;

  constructor(source: SourceText, environment: Lookup) {
    this.#source = source;
    this.#text = source.text;
    this.#environment = environment;
  }

  read(): EnvFile {
    while (this.#at < this.#text.length) {
      if (this.#match(blank) === undefined) this.#line();
    }
    return this.#values;
  }

  #line(): void {
    this.#match(lineStart);
    const start = this.#at;
    this.#coveredFrom = start;
    const [, name, delimiter] = this.#match(nameAndDelimiter) ?? [];
    if (name === undefined || !variableName.test(name)) throw this.#mistake(start, 1, 'a line is NAME=VALUE');
    this.#coveredFrom = this.#at;
    if (delimiter !== '') {
      this.#values.set(name, this.#value());
      return;
    }
    if (this.#match(blank) === undefined) throw this.#mistake(this.#at, 1, `'=' is missing behind ${name}`);
    const inherited = this.#environment(name);
    if (inherited !== undefined) this.#values.set(name, inherited);
  }

  #value(): string {
    const start = this.#at;
    const quote = this.#text[start];
    if (quote !== "'" && quote !== '"') return this.#unquoted();
    const [, inside] = this.#match(quote === "'" ? singleQuoted : doubleQuoted) ?? [];
    if (inside === undefined) throw this.#mistake(start, 1, 'this quote is never closed');
    if (this.#match(blank) === undefined) throw this.#mistake(this.#at, 1, 'only a comment may follow a closed quote');
    return quote === "'" ? inside.replaceAll("\\'", "'") : this.#doubleQuoted(inside, start + 1);
  }

  /** Up to the line's end, or to a `#` behind a blank. */
  #unquoted(): string {
    const start = this.#at;
    const [line = ''] = this.#match(unquoted) ?? [];
    this.#at += 1;
    const isComment = line.startsWith('#') && /[ \t]/.test(this.#text[start - 1] ?? '');
    return this.#filled(isComment ? '' : line.replace(/[ \t]+#.*$/, '').replace(/[ \t\r]+$/, ''), start);
  }

  /** Variables are filled in between the escapes, so that an escaped dollar stays one. */
  #doubleQuoted(inside: string, start: number): string {
    let value = '';
    let at = 0;
    for (const escape of inside.matchAll(/\\([^])/g)) {
      value += this.#filled(inside.slice(at, escape.index), start + at);
      const [whole, letter = ''] = escape;
      value += letter === '$' ? '$' : (escapes[letter] ?? whole);
      at = escape.index + whole.length;
    }
    return value + this.#filled(inside.slice(at), start + at);
  }

  #filled(text: string, start: number): string {
    if (text.includes('\0')) throw this.#mistake(start + text.indexOf('\0'), 1, 'a value cannot hold a NUL');
    const { text: value, flaws } = interpolate(text, (name) => this.#environment(name) ?? this.#values.get(name));
    const [flaw] = flaws;
    if (flaw === undefined) return value;
    const hint = `${flaw.hint} In single quotes nothing is filled in.`;
    throw this.#mistake(start + flaw.at, flaw.length, flaw.message, hint);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  #mistake(at: number, length: number, message: string, hint?: string): PycontainerError {
    const { text = '', ...place } = this.#source.locate(at, at + length);
    const shown = Math.max(0, this.#coveredFrom - (at - (place.column - 1)));
    const covered = text.slice(0, shown) + '•'.repeat(Math.max(0, text.length - shown));
    return new PycontainerError('env-file-invalid', message, { hint, location: { ...place, text: covered } });
  }
}
