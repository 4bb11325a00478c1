import type { Readable } from 'node:stream';
import { elfMachine, readElf } from '../elf.ts';
import { MarkFinder } from './marks.ts';

/** What facts need of an ELF file. */
export interface Binary {
  /** In the words of elf.ts; absent for machines that have no wheels. */
  readonly machine?: string;
  /** Path of the loader that the program asks for. */
  readonly loader?: string;
  /** See {@link MarkFinder}. */
  readonly marks: readonly string[];
}

/**
 * What is held in memory of one file: enough for any interpreter or C library without debug information. More than the
 * 32 MiB up to which glibc may later take such sizes from its heaps, with holes of twice the size; what is not touched
 * costs nothing.
 */
const headLimitBytes = 33 << 20;

/** undefined for what is no ELF file, such as a script. Reads the body to its end. */
export async function readBinary(body: Readable): Promise<Binary | undefined> {
  const finder = new MarkFinder();
  const head = Buffer.allocUnsafeSlow(headLimitBytes);
  let seenBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    finder.add(chunk);
    if (seenBytes < head.length) chunk.copy(head, seenBytes);
    seenBytes += chunk.length;
  }
  const elf = readElf(head.subarray(0, seenBytes));
  if (elf === undefined) return undefined;
  const machine = elfMachine(elf);
  return {
    ...(machine === undefined ? {} : { machine }),
    ...(elf.interpreter === undefined ? {} : { loader: elf.interpreter }),
    marks: finder.marks,
  };
}
