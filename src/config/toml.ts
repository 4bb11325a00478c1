import { parse, TomlError } from 'smol-toml';
import { PycontainerError } from '../errors.ts';
import { placesOf, type TomlPlaces } from './toml-places.ts';
import type { KeyPath, MapEntry, SourceNode } from './node.ts';
import type { SourceText, Span } from './source.ts';

/**
 * Reads a TOML text, or the table at `table` in it; undefined when there is no such table. Numbers, booleans and dates
 * keep their source text. Throws 'manifest-syntax'.
 */
export function readToml(source: SourceText, table: readonly string[] = []): SourceNode | undefined {
  const value = table.reduce<unknown>((at, key) => (isTable(at) ? at[key] : undefined), parseToml(source));
  if (value === undefined) return undefined;
  const whole = { source, start: 0, end: 0 };
  return new Builder(source, placesOf(source.text)).build(value, table, whole);
}

function parseToml(source: SourceText): unknown {
  try {
    return parse(source.text, { integersAsBigInt: true, maxDepth: 64 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const lines = source.text.split('\n').slice(0, error.line - 1);
    const start = lines.reduce((sum, line) => sum + line.length + 1, 0) + error.column - 1;
    const message = (error.message.split('\n', 1)[0] ?? '').replace(/^Invalid TOML document: /, '');
    throw new PycontainerError('manifest-syntax', message, { location: source.locate(start, start + 1), cause: error });
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

class Builder {
  readonly #source: SourceText;
  readonly #places: TomlPlaces;

  constructor(source: SourceText, places: TomlPlaces) {
    this.#source = source;
    this.#places = places;
  }

  /** `outer` is the place of what holds the value: it stands in for a place that is not known. */
  build(value: unknown, path: KeyPath, outer: Span): SourceNode {
    const place = this.#places.get(path);
    const span = place === undefined ? outer : this.#span(place.value);
    if (Array.isArray(value)) {
      return { kind: 'list', items: value.map((item, index) => this.build(item, [...path, index], span)), span };
    }
    if (isTable(value)) return { kind: 'map', entries: this.#entries(value, path, span), span };
    const text = typeof value === 'string' ? value : this.#source.text.slice(span.start, span.end);
    return { kind: 'scalar', text, span };
  }

  #entries(table: Record<string, unknown>, path: KeyPath, outer: Span): Map<string, MapEntry> {
    return new Map(
      Object.entries(table).map(([key, value]) => {
        const keyPath = [...path, key];
        const place = this.#places.get(keyPath);
        const keySpan = place === undefined ? outer : this.#span(place.key);
        return [key, { key: keySpan, value: this.build(value, keyPath, keySpan) }];
      }),
    );
  }

  #span([start, end]: readonly [number, number]): Span {
    return { source: this.#source, start, end };
  }
}
