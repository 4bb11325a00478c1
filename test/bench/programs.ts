import { spawnSync } from 'node:child_process';

/** Programs to compare with, and how each tells its version. */
const asked = {
  gzip: ['gzip', '--version'],
  pigz: ['pigz', '--version'],
  zstd: ['zstd', '--version'],
  umoci: ['umoci', '--version'],
  buildah: ['buildah', '--version'],
  skopeo: ['skopeo', '--version'],
  dockerd: ['dockerd', '--version'],
  'docker-registry': ['docker-registry', '--version'],
  python3: ['python3', '--version'],
  'GNU time': ['/usr/bin/time', '--version'],
} as const;

export type ProgramName = keyof typeof asked;

/** What is installed here. Nothing is ever installed for the bench. */
export class Programs {
  readonly #versions = new Map<ProgramName, string>();

  readonly #leftOut: readonly ProgramName[];

  /** @param leftOut programs that are not to be compared with, though they may be here */
  constructor(leftOut: readonly ProgramName[] = []) {
    this.#leftOut = leftOut;
    for (const [name, [command, ...args]] of Object.entries(asked) as [ProgramName, readonly [string, string]][]) {
      if (leftOut.includes(name)) continue;
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
      const version = /\d+(?:\.\d+)+\S*/.exec(`${stdout}${stderr}`)?.[0].replace(/,$/, '');
      if (status === 0) this.#versions.set(name, version ?? '');
    }
  }

  has(...names: readonly ProgramName[]): boolean {
    return names.every((name) => this.#versions.has(name));
  }

  /** `With gzip 1.12, pigz 2.6.`, and what is missing or left out. */
  describe(): string {
    const here = [...this.#versions].map(([name, version]) => `${name} ${version}`.trim());
    const absent = (Object.keys(asked) as ProgramName[]).filter((name) => !this.has(name));
    const missing = absent.filter((name) => !this.#leftOut.includes(name));
    return [
      `With ${here.join(', ')}.`,
      ...(missing.length > 0 ? [`Missing: ${missing.join(', ')}.`] : []),
      ...(this.#leftOut.length > 0 ? [`Left out: ${this.#leftOut.join(', ')}.`] : []),
    ].join(' ');
  }
}
