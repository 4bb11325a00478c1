import { PycontainerError, type ErrorCode, type SourceLocation } from '../errors.ts';

/** What a parser of TOML or JSON found, and how to say where it is. */
export interface TableSource {
  /** Path as the user would type it. */
  readonly file: string;
  /** The code of errors about this file. */
  readonly code: ErrorCode;
  /** The place of a key, or of its nearest parent that is written down. */
  readonly locate: (path: readonly (string | number)[]) => SourceLocation;
}

/**
 * A table of a TOML or JSON document, read key by key. Every read checks the type and throws an error with the
 * place of the value. Only own keys count, so a key named `constructor` or `__proto__` is a key like any other.
 */
export class Table {
  readonly source: TableSource;
  readonly path: readonly (string | number)[];
  private readonly value: object;

  constructor(source: TableSource, value: object, path: readonly (string | number)[] = []) {
    this.source = source;
    this.value = value;
    this.path = path;
  }

  get location(): SourceLocation {
    return this.locate();
  }

  /** The place of something below this table. */
  locate(...path: readonly (string | number)[]): SourceLocation {
    return this.source.locate([...this.path, ...path]);
  }

  keys(): string[] {
    return Object.keys(this.value);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.value, key);
  }

  /** The raw value; undefined when absent. */
  raw(key: string): unknown {
    return this.has(key) ? Reflect.get(this.value, key) : undefined;
  }

  string(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.error(`${this.name(key)} must be a string`, key);
  }

  requiredString(key: string): string {
    const value = this.string(key);
    if (value === undefined) throw this.error(`${this.name(key)} is missing`);
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.error(`${this.name(key)} must be true or false`, key);
  }

  integer(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
    throw this.error(`${this.name(key)} must be a whole number`, key);
  }

  /** Empty when absent. */
  list(key: string): readonly unknown[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw this.error(`${this.name(key)} must be a list`, key);
  }

  /** Empty when absent. */
  strings(key: string): string[] {
    return this.list(key).map((value, index) => {
      if (typeof value === 'string') return value;
      throw this.error(`${this.name(key)} must be a list of strings`, key, index);
    });
  }

  table(key: string): Table | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isTable(value)) return new Table(this.source, value, [...this.path, key]);
    throw this.error(`${this.name(key)} must be a table`, key);
  }

  /** Empty when absent. */
  tables(key: string): Table[] {
    return this.list(key).map((value, index) => {
      if (isTable(value)) return new Table(this.source, value, [...this.path, key, index]);
      throw this.error(`${this.name(key)} must be a list of tables`, key, index);
    });
  }

  /** A table in lists of lists, by its whole path below this one. */
  nested(...path: readonly (string | number)[]): Table {
    let value: unknown = this.value;
    for (const key of path) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
    }
    if (isTable(value)) return new Table(this.source, value, [...this.path, ...path]);
    throw this.error(`${this.name(path.join('.'))} must be a table`, ...path);
  }

  /** A mistake in this table, at the place of `path` below it. */
  error(message: string, ...path: readonly (string | number)[]): PycontainerError {
    return new PycontainerError(this.source.code, message, { location: this.locate(...path) });
  }

  private name(key: string): string {
    const named = [...this.path, key].filter((part) => typeof part === 'string').join('.');
    return `${this.source.file}: ${named}`;
  }
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
