import { PycontainerError, type ErrorCode, type SourceLocation } from '../../errors.ts';
import { Table } from '../table.ts';
import { Lines } from '../text.ts';

/**
 * Reads JSON into a {@link Table}. Places are found by the keys' own lines, as in a file with a key a line; where that
 * fails it is the nearest parent.
 * @param file as the user would type it
 */
export function parseJson(text: string, file: string, code: ErrorCode): Table {
  const lines = new Lines(text, file);
  const locate = (path: readonly (string | number)[]): SourceLocation => {
    let offset = 0;
    for (const key of path) {
      const found = text.indexOf(`${JSON.stringify(key)}:`, offset);
      if (found === -1) break;
      offset = found;
    }
    return lines.locate(offset);
  };
  return new Table({ file, code, locate }, parseObject(text, file, code, lines));
}

function parseObject(text: string, file: string, code: ErrorCode, lines: Lines): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    const offset = cause instanceof Error ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    throw new PycontainerError(code, `${file} is not valid JSON`, {
      ...(offset === undefined ? {} : { location: lines.locate(Number(offset)) }),
      cause,
    });
  }
  throw new PycontainerError(code, `${file} is not a JSON object`);
}
