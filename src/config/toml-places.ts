import { parse } from 'smol-toml';
import type { KeyPath } from './node.ts';

type Range = readonly [start: number, end: number];

export interface TomlPlace {
  readonly key: Range;
  readonly value: Range;
}

/** Where keys and values stand in a TOML text, by path. */
export class TomlPlaces {
  readonly #places = new Map<string, TomlPlace>();

  get(path: KeyPath): TomlPlace | undefined {
    return this.#places.get(JSON.stringify(path));
  }

  /** The first place of a path is kept: a table may be named by several headers. */
  add(path: KeyPath, place: TomlPlace): void {
    const key = JSON.stringify(path);
    if (!this.#places.has(key)) this.#places.set(key, place);
  }
}

/** Finds the places in a text that a TOML parser has accepted; of another text the answer means nothing. */
export function placesOf(text: string): TomlPlaces {
  const scanner = new Scanner(text);
  scanner.scan();
  return scanner.places;
}

interface KeyPart {
  readonly name: string;
  readonly range: Range;
}

class Scanner {
  readonly places: TomlPlaces = new TomlPlaces();
  readonly #text: string;
  #at = 0;
  /** How many items each array of tables has, by path. */
  readonly #tableCounts = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    let table: KeyPath = [];
    this.#skipBlank();
    while (this.#at < this.#text.length) {
      const before = this.#at;
      if (this.#text[this.#at] === '[') table = this.#header();
      else this.#keyValue(table);
      this.#skipBlank();
      if (this.#at === before) return;
    }
  }

  #header(): KeyPath {
    const start = this.#at;
    const isItem = this.#text.startsWith('[[', start);
    this.#at += isItem ? 2 : 1;
    const parts = this.#key();
    this.#skipPast(isItem ? ']]' : ']');
    let path: KeyPath = [];
    for (const [index, { name, range }] of parts.entries()) {
      path = [...path, name];
      this.places.add(path, { key: range, value: [start, this.#at] });
      const count = this.#tableCounts.get(JSON.stringify(path)) ?? 0;
      const isNew = isItem && index === parts.length - 1;
      if (isNew) this.#tableCounts.set(JSON.stringify(path), count + 1);
      if (isNew || count > 0) path = [...path, isNew ? count : count - 1];
      if (isNew) this.places.add(path, { key: range, value: [start, this.#at] });
    }
    return path;
  }

  #keyValue(table: KeyPath): void {
    const parts = this.#key();
    this.#skipPast('=');
    this.#skipBlank();
    const path = [...table, ...parts.map(({ name }) => name)];
    const value = this.#value(path);
    for (const [index, { range }] of parts.entries()) {
      this.places.add(path.slice(0, table.length + index + 1), { key: range, value });
    }
  }

  #key(): KeyPart[] {
    const parts: KeyPart[] = [];
    do {
      if (parts.length > 0) this.#at += 1;
      this.#skipBlank();
      const start = this.#at;
      this.#skipKeyPart();
      const written = this.#text.slice(start, this.#at);
      parts.push({ name: decodeKey(written), range: [start, this.#at] });
      this.#skipBlank();
    } while (this.#text[this.#at] === '.');
    return parts;
  }

  #skipKeyPart(): void {
    const quote = this.#text[this.#at];
    if (quote === '"' || quote === "'") this.#skipString();
    else this.#skipPattern(/[^\s.=\]]+/y);
  }

  #value(path: KeyPath): Range {
    const start = this.#at;
    const first = this.#text[start];
    if (first === '"' || first === "'") this.#skipString();
    else if (first === '[') this.#list(']', (index) => this.#item([...path, index]));
    else if (first === '{') this.#list('}', () => this.#keyValue(path));
    else this.#skipPattern(/[^,\]}#\r\n]*[^,\]}#\s]/y);
    return [start, this.#at];
  }

  #item(path: KeyPath): void {
    const value = this.#value(path);
    this.places.add(path, { key: value, value });
  }

  #list(end: string, readItem: (index: number) => void): void {
    this.#at += 1;
    for (let index = 0; ; index++) {
      this.#skipPattern(/(?:[\s,]|#[^\n]*)+/y);
      if (this.#at >= this.#text.length || this.#text[this.#at] === end) break;
      const before = this.#at;
      readItem(index);
      if (this.#at === before) break;
    }
    this.#at += 1;
  }

  #skipString(): void {
    const quote = this.#text[this.#at] ?? '';
    const triple = quote.repeat(3);
    const mark = this.#text.startsWith(triple, this.#at) ? triple : quote;
    this.#at += mark.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(mark, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += mark.length;
    // A text in three quotes may end with up to two quotes of its own.
    if (mark === triple) for (let more = 0; more < 2 && this.#text[this.#at] === quote; more++) this.#at += 1;
  }

  #skipPast(mark: string): void {
    const found = this.#text.indexOf(mark, this.#at);
    this.#at = found === -1 ? this.#text.length : found + mark.length;
  }

  #skipBlank(): void {
    this.#skipPattern(/(?:\s|#[^\n]*)+/y);
  }

  #skipPattern(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
  }
}

function decodeKey(written: string): string {
  if (!/^["']/.test(written)) return written;
  return Object.keys(parse(`${written} = 0`))[0] ?? written;
}
