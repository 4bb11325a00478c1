import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Event } from '../../src/events.ts';

/** The bundle that ships when `npm test` has built it, else the sources. */
const bundle = process.env['PYCONTAINER_TEST_CLI'];
const program = bundle ?? path.join(import.meta.dirname, '../../src/cli/main.ts');

export type RigFiles = Readonly<Record<string, string | Buffer>>;

/** How the program ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What `--progress rawjson` said. */
  readonly events: readonly Event[];
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface RigOptions {
  /** Laid over the rig's own environment; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command line before the program's, such as another user's shell. */
  readonly through?: readonly string[];
  /** What starts the program; see {@link Rig.copyProgram}. */
  readonly command?: readonly string[];
  /** What it reads; absent: nothing. */
  readonly stdin?: string;
}

/**
 * A project in a temporary folder, and the real program to run on it as a process of its own. Store, home and settings
 * belong to the rig; settings of pip, uv, docker and proxies on this machine do not reach it, and
 * neither does it reach an engine here, unless a test takes PYCONTAINER_ENGINE out.
 */
export class Rig implements AsyncDisposable {
  /** Everything of the rig is below it. */
  readonly root: string;
  /** The project's folder, in which the program starts. */
  readonly folder: string;
  readonly env: Record<string, string>;
  /** What starts the program. */
  readonly command: readonly string[] = [process.execPath, program];
  readonly #running = new Set<Running>();

  constructor(files: RigFiles = {}) {
    this.root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'pycontainer-rig-'));
    this.folder = path.join(this.root, 'project');
    const xdg = ['CONFIG', 'CACHE', 'DATA', 'STATE'].map((kind) => [
      `XDG_${kind}_HOME`,
      path.join(this.root, `xdg-${kind.toLowerCase()}`),
    ]);
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: path.join(this.root, 'home'),
      TMPDIR: path.join(this.root, 'tmp'),
      PYCONTAINER_STORE: path.join(this.root, 'store'),
      PYCONTAINER_ENGINE: 'none',
      PIP_CONFIG_FILE: '/dev/null',
      UV_NO_CONFIG: '1',
      NO_COLOR: '1',
      ...(Object.fromEntries(xdg) as Record<string, string>),
    };
    for (const folder of ['project', 'home', 'tmp']) fs.mkdirSync(path.join(this.root, folder));
    this.write(files);
  }

  /** Below the project's folder. */
  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  write(files: RigFiles): void {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
      fs.writeFileSync(this.path(name), content);
    }
  }

  remove(name: string): void {
    fs.rmSync(this.path(name), { recursive: true, force: true });
  }

  /** Copies a project in; what a build left behind in it stays there. */
  copy(from: string, to = '.'): void {
    fs.cpSync(from, this.path(to), {
      recursive: true,
      filter: (source) => !/(^|\/)(\.pycontainer|__pycache__|pycontainer\.lock)$/.test(source),
    });
  }

  /**
   * Puts the bundle and Node into the rig, for users who may not read where they stand; gives the command. The sources
   * stay where they are.
   */
  copyProgram(): readonly string[] {
    if (bundle === undefined) return [process.execPath, program];
    const folder = path.join(this.root, 'program');
    const repository = path.join(path.dirname(bundle), '..');
    for (const part of ['bin', 'dist', 'package.json']) {
      fs.cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
    }
    const node = path.join(folder, 'node');
    fs.copyFileSync(process.execPath, node);
    return [node, path.join(folder, path.relative(repository, bundle))];
  }

  start(args: readonly string[], options: RigOptions = {}): Running {
    const { env = {}, through = [], command = this.command, stdin } = options;
    const all: Record<string, string | undefined> = { ...this.env, ...env };
    const [first = '', ...rest] = [...through, ...command, ...args];
    const child = spawn(first, rest, {
      cwd: this.folder,
      env: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(stdin);
    const running = { process: child, ended: ended(child) };
    this.#running.add(running);
    void running.ended.finally(() => this.#running.delete(running)).catch(() => undefined);
    return running;
  }

  run(args: readonly string[], options?: RigOptions): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Runs it and throws what it said on stderr unless it succeeds. */
  async ok(args: readonly string[], options?: RigOptions): Promise<Ended> {
    const result = await this.run(args, options);
    if (result.status === 0) return result;
    throw new Error(`pycontainer ${args.join(' ')} ended with ${result.status ?? result.signal}:\n${result.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) {
      running.process.kill('SIGKILL');
      await running.ended.catch(() => undefined);
    }
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

function ended(child: ChildProcess): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, ...said, events: eventsIn(said.stderr) }));
  });
}

function eventsIn(text: string): readonly Event[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as Event);
}
