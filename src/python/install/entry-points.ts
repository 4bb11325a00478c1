import { strip } from '../scanner.ts';
import { wheelError } from './problem.ts';

/** An entry point that a launcher can start: `name = module:attribute`. */
export interface EntryPoint {
  /** As written; for launchers the file's name. */
  readonly name: string;
  readonly module: string;
  /** Dotted path inside the module. */
  readonly attribute: string;
}

/** Entry points by group, each group by name in the file's order. */
export type EntryPoints = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads entry_points.txt as importlib.metadata does for pip: sections may come twice, names keep their case, the first
 * `=` divides, lines before the first section mean nothing. `;` begins a comment as `#` does, since the file is INI
 * (pip alone makes a launcher named ` c` of `; c = …`). A line without `=` is refused: pip fails on it.
 */
export function parseEntryPoints(text: string, wheel: string): EntryPoints {
  const groups = new Map<string, Map<string, string>>();
  let group: Map<string, string> | undefined;
  for (const line of text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).map(strip)) {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[') && line.endsWith(']')) {
      const name = line.replaceAll(/^[[\]]+|[[\]]+$/g, '');
      group = groups.get(name) ?? new Map();
      groups.set(name, group);
      continue;
    }
    const at = line.indexOf('=');
    if (group !== undefined && at < 0) throw wheelError('entry-point', wheel, line);
    group?.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return groups;
}

const reference = /^([\p{L}\p{N}_]+(?:[.:][\p{L}\p{N}_]+)*)\s*(\[\s*[\p{L}\p{N}_,=\s-]+\])?/u;

/**
 * Reads a value that a launcher can be made of, as pip does: `module:attribute`, and extras in brackets, which mean
 * nothing any more. What stands behind them is passed over.
 */
export function scriptEntryPoint(name: string, value: string, wheel: string): EntryPoint {
  const [, path, extras] = reference.exec(value) ?? [];
  const [module, attribute, ...more] = path?.split(':') ?? [];
  const strayBracket = extras === undefined && /[[\]]/.test(name + value);
  if (!module || !attribute || more.length > 0 || strayBracket) {
    throw wheelError('entry-point', wheel, `${name} = ${value}`);
  }
  return { name, module, attribute };
}
