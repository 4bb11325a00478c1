import fs from 'node:fs';
import type { BenchBase } from '../inputs/base.ts';
import { baseName } from '../inputs/project.ts';
import { runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';

/** Buildah with a storage of its own. */
export class BuildahPeer implements AsyncDisposable {
  readonly #storage: readonly string[];
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#storage = ['--root', `${folder}/root`, '--runroot', `${folder}/run`, '--storage-driver', 'overlay'];
  }

  /** With the base in its storage, where one is given. */
  static async create(bench: Bench, name: string, base?: BenchBase): Promise<BuildahPeer> {
    const folder = bench.path(`buildah-${name}`);
    const peer = new BuildahPeer(folder);
    if (base === undefined) return peer;
    const signal = bench.bounded();
    const { stdout } = await peer.#run(['from', 'scratch'], { signal });
    const container = stdout.trim();
    await peer.#run(['add', '-q', container, base.root, '/'], { signal });
    await peer.#run(['commit', '-q', '--rm', container, baseName], { signal });
    return peer;
  }

  /** Builds the project's Dockerfile; `noCache` runs every step again. */
  async build(project: string, { signal, noCache = false, peakFile }: BuildahOptions): Promise<{ peakBytes?: number }> {
    const layers = noCache ? ['--no-cache', '--layers'] : ['--layers'];
    const flags = ['--isolation', 'chroot', '--network', 'host', '--pull-never', '-q'];
    return this.#run(['build', ...layers, ...flags, '-t', 'bench', project], { signal, peakFile });
  }

  /** One layer of a folder on an empty image: copy and commit into an OCI layout. */
  async layerOf(tree: string, { signal, peakFile }: BuildahOptions): Promise<{ peakBytes?: number }> {
    const { stdout } = await this.#run(['from', 'scratch'], { signal });
    const container = stdout.trim();
    const copied = await this.#run(['add', '-q', container, tree, '/tree'], { signal, peakFile });
    const layout = `${this.#folder}/layout`;
    const committed = await this.#run(['commit', '-q', '--rm', container, `oci:${layout}:made`], { signal, peakFile });
    fs.rmSync(layout, { recursive: true, force: true });
    const peaks = [copied.peakBytes, committed.peakBytes].filter((peak) => peak !== undefined);
    return peaks.length > 0 ? { peakBytes: Math.max(...peaks) } : {};
  }

  #run(args: readonly string[], { signal, peakFile }: BuildahOptions): ReturnType<typeof runProgram> {
    return runProgram(['buildah', ...this.#storage, ...args], {
      signal,
      ...(peakFile === undefined ? {} : { peakFile }),
    });
  }

  /** Containers and images go; nothing stays mounted. */
  async [Symbol.asyncDispose](): Promise<void> {
    const signal = AbortSignal.timeout(120_000);
    await this.#run(['rm', '--all'], { signal }).catch(() => undefined);
    await this.#run(['rmi', '--all', '--force'], { signal }).catch(() => undefined);
    await runProgram(['umount', `${this.#folder}/root/overlay`], { signal }).catch(() => undefined);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface BuildahOptions {
  readonly signal: AbortSignal;
  readonly noCache?: boolean;
  readonly peakFile?: string | undefined;
}
