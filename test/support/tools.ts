import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Why the user's pip cannot be had here, for a test's `skip`; false where it can. In CI it must be there. */
export const pipMissing: string | false =
  process.env['CI'] === 'true' || spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0
    ? false
    : 'python3 has no pip';

/** A folder that is to be the whole PATH, so that no tool of this machine is found but those that the test puts there. */
export class Tools {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The machine's own python3 with its pip. */
  addPython(): void {
    this.#write('python3', `PATH='${process.env['PATH'] ?? ''}'\nexport PATH\nexec python3 "$@"\n`);
  }

  /** A program that this module is, run with Node. */
  add(name: string, module: string): void {
    const file = path.join(this.folder, `${name}.mjs`);
    writeFileSync(file, module);
    this.#write(name, `exec '${process.execPath}' '${file}' "$@"\n`);
  }

  remove(name: string): void {
    rmSync(path.join(this.folder, name));
  }

  #write(name: string, script: string): void {
    const file = path.join(this.folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}`);
    chmodSync(file, 0o755);
  }
}

/**
 * Stands for uv. It writes down how it was called and what was in its files, and answers what `answer` says as the uv
 * of that age does: one before 0.6.15 refuses `--format`.
 */
export function fakeUv(log: string, answer: { pylock?: string; requirements?: string; failure?: string }): string {
  return `
import { readFileSync, writeFileSync } from 'node:fs';
const args = process.argv.slice(2);
const files = args.filter((arg) => arg.startsWith('/')).map((file) => readFileSync(file, 'utf8'));
writeFileSync(${JSON.stringify(log)}, JSON.stringify({ args, files, cwd: process.cwd(), env: process.env }));
const { pylock, requirements, failure } = ${JSON.stringify(answer)};
if (failure !== undefined) {
  console.error(failure);
  process.exit(1);
}
if (args.includes('--format') && pylock === undefined) {
  console.error("error: unexpected argument '--format' found\\n\\nUsage: uv pip compile [OPTIONS] <SRC_FILE>...");
  process.exit(2);
}
process.stdout.write(args.includes('--format') ? pylock : requirements);
`;
}
