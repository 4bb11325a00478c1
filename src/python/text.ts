import { readFile } from 'node:fs/promises';
import { PycontainerError, systemCode, type ErrorCode, type SourceLocation } from '../errors.ts';

const asked = new Set<string>();

/** Every file that {@link readText} was asked for by this process, there or not: whose change may change what was read. */
export function textsRead(): ReadonlySet<string> {
  return asked;
}

/**
 * Reads a file as UTF-8, or as UTF-16 where a byte order mark says so (PowerShell writes that); undefined when there is
 * no such file. The mark itself is left out.
 * @param shown the path as the user would type it; for messages
 * @param code of the error when the bytes are not UTF-8
 */
export async function readText(file: string, shown: string, code: ErrorCode): Promise<string | undefined> {
  asked.add(file);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return undefined;
    throw new PycontainerError('file-unreadable', `${shown} cannot be read`, { cause });
  }
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PycontainerError(code, `${shown} is not UTF-8 text`, { hint: 'Save it as UTF-8.', cause });
  }
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** Turns offsets in a text into lines and columns. */
export class Lines {
  private readonly text: string;
  private readonly file: string;
  private readonly starts: number[] = [0];

  /** @param file as the user would type it */
  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  /** @param offset in UTF-16 code units, from 0 */
  locate(offset: number): SourceLocation {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.starts[low] ?? 0;
    return { file: this.file, line: low + 1, column: offset - start + 1, text: this.lineText(low) };
  }

  private lineText(index: number): string {
    return this.text.slice(this.starts[index], this.starts[index + 1]).replace(/\r?\n$/, '');
  }
}
