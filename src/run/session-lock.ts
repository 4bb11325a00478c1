import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PycontainerError } from '../errors.ts';
import { lockHolder, lockName, tryLock } from '../output/folder-lock.ts';

const attempts = 3;

/**
 * Keeps other sessions from running the project's containers until it is disposed of. One whose process is gone does
 * not count.
 *
 * @param root the manifest's folder
 * @throws PycontainerError 'session-running'
 */
export function lockSession(root: string): Disposable {
  const folder = join(root, '.pycontainer', 'run');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, lockName);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const release = tryLock(file);
    if (release !== undefined) return { [Symbol.dispose]: release };
  }
  const holder = lockHolder(file);
  const who = holder === undefined ? '' : ` (process ${holder})`;
  throw new PycontainerError('session-running', `Another \`pycontainer up\`${who} runs the containers of ${root}`, {
    hint: `Look there, or end it first. \`pycontainer logs -f\` shows what the containers write. If there is none, remove ${file}.`,
  });
}
