/**
 * Lets the program end in order whoever reads what it writes. A reader that has gone, as `head` does, wanted no more. Where
 * results cannot be written for another reason it says so, and the exit status is not 0.
 */
export function heedStreams({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): void {
  stdout.on('error', ({ code = 'unknown reason' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    process.exitCode ||= 1;
    stderr.write(`error[output-unusable]: What was to be printed cannot be written (${code})\n`);
  });
  // There is nobody left to be told.
  stderr.on('error', () => undefined);
}
