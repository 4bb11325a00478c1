import fs from 'node:fs';
import { startDocker, type TestEngine } from '../../support/engine.ts';
import type { BenchBase } from '../inputs/base.ts';
import { baseName } from '../inputs/project.ts';
import type { Sample } from '../measure.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { watchPeak } from './process-tree.ts';

/** A Docker daemon of our own, whose `docker build` is BuildKit. */
export class DockerPeer implements AsyncDisposable {
  readonly #engine: TestEngine;

  private constructor(engine: TestEngine) {
    this.#engine = engine;
  }

  /** With the base among its images. */
  static async start(bench: Bench, base: BenchBase): Promise<DockerPeer> {
    const peer = new DockerPeer(await startDocker());
    const client = peer.#engine.command.map(quoted).join(' ');
    const imported = `tar -C ${quoted(base.root)} -c . | ${client} import - ${baseName}`;
    try {
      await runProgram(pipeline(imported), { signal: bench.bounded(), env: peer.#env });
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
    return peer;
  }

  /** Builds the project's Dockerfile; `noCache` runs every step again. */
  async build(project: string, { signal, noCache = false }: DockerOptions): Promise<Sample> {
    const flags = ['--network=host', '-q', '-t', 'bench', ...(noCache ? ['--no-cache'] : [])];
    const command = [...this.#engine.command, 'build', ...flags, project];
    return runProgram(command, { signal, env: this.#env });
  }

  /** The same, with the peak memory of the largest of the daemon's processes. */
  async buildPeak(project: string, options: DockerOptions): Promise<Sample> {
    const watch = watchPeak('dockerd');
    try {
      const { ms } = await this.build(project, options);
      return { ...(ms === undefined ? {} : { ms }), peakBytes: watch.peakBytes() };
    } finally {
      watch.stop();
    }
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...this.#engine.env, DOCKER_BUILDKIT: '1' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

interface DockerOptions {
  readonly signal: AbortSignal;
  readonly noCache?: boolean;
}

/** What is not here for it; undefined where all is. */
export function dockerMissing(bench: Bench, base: BenchBase): string | undefined {
  if (!bench.programs.has('dockerd')) return 'dockerd is not installed';
  if (process.getuid?.() !== 0) return 'dockerd needs root';
  if (!base.hasPip) return 'no wheel of pip at hand';
  return fs.existsSync('/proc/self/task') ? undefined : 'dockerd needs Linux';
}
