import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Sample } from './measure.ts';
import { runProgram } from './run-program.ts';
import type { Bench } from './session.ts';
import { wheelsOf } from './inputs/project.ts';
import { Watching } from './watching.ts';

const repository = path.join(import.meta.dirname, '../..');

/** The bundle that ships, in a folder of the bench, and a process of it for each command. */
export class Product {
  readonly #bench: Bench;
  readonly #program: string;

  private constructor(bench: Bench, program: string) {
    this.#bench = bench;
    this.#program = program;
  }

  /** Builds the bundle from the sources, so that nothing old is measured. */
  static prepare(bench: Bench): Product {
    const { status, stderr } = spawnSync(process.execPath, [path.join(repository, 'scripts/build.ts')], {
      encoding: 'utf8',
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(`the bundle cannot be built: ${stderr}`);
    const folder = bench.path('product');
    for (const part of ['bin', 'dist', 'package.json']) {
      fs.cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
    }
    return new Product(bench, path.join(folder, 'bin/pycontainer.js'));
  }

  /** `pycontainer build` of a project, from process start to end; with `peakFile`, its peak memory too. */
  build(project: string, options: BuildOptions): Promise<Sample> {
    const { store, signal, args = [], peakFile } = options;
    return runProgram([process.execPath, this.#program, 'build', '-q', '-C', project, ...args], {
      signal,
      env: this.#environment(store, project),
      ...(peakFile === undefined ? {} : { peakFile }),
    });
  }

  /** The command line of a build that shows how far it is, and what it runs with. */
  shownBuild(
    project: string,
    { store, progress }: { readonly store: string; readonly progress: 'plain' | 'tty' },
  ): { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv } {
    const argv = [process.execPath, this.#program, 'build', '--progress', progress, '-C', project];
    return { argv, env: this.#environment(store, project) };
  }

  /** `pycontainer up --watch` of a project with one target; at an engine's socket, it is run there. */
  watch(project: string, store: string, target: string, socket?: string): Promise<Watching> {
    const command = [process.execPath, this.#program, 'up', '--watch', '--progress', 'rawjson', '-C', project];
    const layout = path.join(project, '.pycontainer/images', target);
    const engine = socket === undefined ? {} : { PYCONTAINER_ENGINE: '', DOCKER_HOST: `unix://${socket}` };
    return Watching.start(command, { ...this.#environment(store, project), ...engine }, layout);
  }

  /** Settings of this machine's pip, uv and registries are left out, as in any run that is to be repeated. */
  #environment(store: string, project: string): NodeJS.ProcessEnv {
    const home = this.#bench.path('home', 'x');
    return {
      PATH: process.env['PATH'],
      HOME: path.dirname(home),
      PYCONTAINER_STORE: store,
      PYCONTAINER_ENGINE: 'none',
      PIP_CONFIG_FILE: '/dev/null',
      UV_NO_CONFIG: '1',
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: wheelsOf(project),
    };
  }
}

export interface BuildOptions {
  readonly store: string;
  readonly signal: AbortSignal;
  /** More of the command line. */
  readonly args?: readonly string[];
  readonly peakFile?: string;
}

/** Forgets what was built: the store, and what the project got. */
export function forget(project: string, store: string): void {
  fs.rmSync(store, { recursive: true, force: true });
  fs.rmSync(path.join(project, '.pycontainer'), { recursive: true, force: true });
}
