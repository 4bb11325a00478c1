import { parse, TomlError } from 'smol-toml';
import { PycontainerError, type ErrorCode, type SourceLocation } from '../errors.ts';
import { Table } from './table.ts';
import { scanPositions, type PositionNode } from './toml-positions.ts';
import { Lines } from './text.ts';

/**
 * Reads TOML into a {@link Table} that knows the line of everything in it.
 * @param file as the user would type it; for messages
 * @param code of the errors about this file
 */
export function parseToml(text: string, file: string, code: ErrorCode): Table {
  const value = parseValue(text, file, code);
  const lines = new Lines(text, file);
  let positions: PositionNode | undefined;
  const locate = (path: readonly (string | number)[]): SourceLocation => {
    positions ??= scanPositions(text);
    let node = positions;
    for (const key of path) {
      const next = node.children.get(key);
      if (next === undefined) break;
      node = next;
    }
    return lines.locate(node.offset);
  };
  return new Table({ file, code, locate }, value);
}

function parseValue(text: string, file: string, code: ErrorCode): object {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw new PycontainerError(code, `${file} cannot be read as TOML`, { cause });
    const what = (cause.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
    throw new PycontainerError(code, `${file} is not valid TOML: ${what}`, {
      location: { file, line: cause.line, column: cause.column, text: text.split(/\r?\n/)[cause.line - 1] ?? '' },
      cause,
    });
  }
}
