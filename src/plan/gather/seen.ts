import { dirname, join } from 'node:path';
import type { BaseSpec, Target } from '../../config/target.ts';
import type { AppFile } from '../../app/app-file.ts';
import { markOf } from './marks.ts';

/** What a file beside the app's own is looked at for. */
export type InputKind = 'base' | 'dependencies';

interface SeenInput {
  readonly kind: InputKind;
  /** Equal as long as nothing has touched it. */
  readonly mark: string;
}

/** Files that go into images as they are. */
export interface SeenFiles {
  readonly files: readonly AppFile[];
  /** sha256 (hex) of each file's bytes by path. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** Everything on this machine that a plan looked at: what a watch goes over, and tells of when it changed. */
export class Seen {
  /** Absolute. What is below one counts only where it is listed too. */
  readonly folders: Set<string> = new Set();
  /** By the choice that was made. */
  readonly files: Map<string, SeenFiles> = new Map();
  /** Absolute paths, whether something is there or not. */
  readonly inputs: Map<string, SeenInput>;
  /** Of them, those that are there for inputs. */
  readonly #inputFolders: Set<string>;

  /** @param before a look whose inputs are as they were */
  constructor(before?: Seen) {
    this.inputs = new Map(before?.inputs);
    this.#inputFolders = new Set(before === undefined ? [] : before.#inputFolders);
    for (const folder of this.#inputFolders) this.folders.add(folder);
  }

  choice(key: string, files: SeenFiles, folders: Iterable<string>): void {
    this.files.set(key, files);
    for (const folder of folders) this.folders.add(folder);
  }

  input(path: string, kind: InputKind): void {
    if (this.inputs.has(path)) return;
    this.#watch(dirname(path));
    this.inputs.set(path, { kind, mark: markOf(path) });
  }

  /** A folder whose names count, or a file. */
  listed(folder: string, kind: InputKind): void {
    this.input(folder, kind);
    this.#watch(folder);
  }

  /** A folder and those below it, whose content makes the mark. */
  tree(folders: readonly string[], kind: InputKind, mark: string): void {
    const [top] = folders;
    if (top !== undefined) this.inputs.set(top, { kind, mark });
    for (const folder of folders) this.#watch(folder);
  }

  #watch(folder: string): void {
    this.#inputFolders.add(folder);
    this.folders.add(folder);
  }
}

/** Notes what decides about a target beside its app's files. */
export function noteInputs({ base, context, files, dependencies }: Target, lock: string | undefined, seen: Seen): void {
  for (const name of ['pyproject.toml', 'requirements.in']) seen.input(join(context, name), 'dependencies');
  seen.input(join(context, '.python-version'), 'base');
  if (lock !== undefined) seen.input(lock, 'dependencies');
  if (dependencies.from !== undefined) seen.input(dependencies.from, 'dependencies');
  for (const file of dependencies.constraints) if (isPath(file)) seen.input(file, 'dependencies');
  for (const spec of [base, ...files.map(({ from }) => from)]) if (spec !== undefined) noteBase(spec, seen);
}

function noteBase(spec: BaseSpec, seen: Seen): void {
  if (!('path' in spec)) return;
  if (spec.kind === 'oci') seen.input(join(spec.path, 'index.json'), 'base');
  else seen.listed(spec.path, 'base');
}

function isPath(place: string): boolean {
  return place.startsWith('/');
}
