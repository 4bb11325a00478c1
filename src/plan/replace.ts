import { rename, rm, writeFile } from 'node:fs/promises';
import { asOutputError } from '../output/failure.ts';
import { removeAbandoned, temporaryName } from '../output/temporary.ts';

/** Writes a file of the user's whole or not at all. Errors: 'disk-full', 'output-unusable'. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    removeAbandoned(file);
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw asOutputError(error, file);
  }
}
