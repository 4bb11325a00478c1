import { spawnSync } from 'node:child_process';

/**
 * Why a test cannot run here, for its `skip`: programs that are not there, or `root` when this is somebody else. False
 * where all is there, and in CI, where what is missing is a failure.
 */
export function partsMissing(...parts: readonly string[]): string | false {
  if (process.env['CI'] === 'true') return false;
  const missing = parts.filter((part) => !isThere(part));
  return missing.length > 0 && `not here: ${missing.join(', ')}`;
}

function isThere(part: string): boolean {
  if (part === 'root') return process.getuid?.() === 0;
  return spawnSync(part, ['--version'], { stdio: 'ignore' }).error === undefined;
}
