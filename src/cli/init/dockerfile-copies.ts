import { posix } from 'node:path';
import type { Instruction } from './dockerfile.ts';

/** What the reader of the whole file lends. */
export interface CopyTools {
  /** The text with its variables; undefined, and lost, where one has no value here. */
  readonly fill: (text: string, instruction: Instruction) => string | undefined;
  readonly lose: (instruction: Instruction, instead: string) => void;
  /** What `--from` may name besides images: stages, by name and by number. */
  readonly stages: ReadonlySet<string>;
}

/** What a Dockerfile copies, as rules of `files`; the context itself needs none. */
export class CopiedFiles {
  workdir = '/';
  readonly #tools: CopyTools;
  readonly #files: Record<string, string>[] = [];
  /** Where the whole context is put, and what says so. */
  #context: { readonly dest: string; readonly instruction: Instruction } | undefined;

  constructor(tools: CopyTools) {
    this.#tools = tools;
  }

  /** COPY and ADD. */
  copy(instruction: Instruction): void {
    const { flags, text, list } = instruction;
    const parts = list ?? text.split(/\s+/);
    const sources = parts.slice(0, -1);
    const dest = parts.at(-1) ?? '';
    const from = flags.get('from');
    if (from !== undefined) {
      this.#copyFrom(from, sources, dest, instruction);
      return;
    }
    for (const source of sources) {
      if (/^https?:|^git@|<</.test(source)) this.#tools.lose(instruction, 'fetch it before the build and pack it');
      else if (instruction.word === 'ADD' && /\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz)$/.test(source)) {
        this.#tools.lose(instruction, 'archives are not unpacked; do it before the build');
      } else if (!isDependencyFile(source)) this.#place(source, dest, instruction);
    }
  }

  /** Virtual environments and installers have no meaning here; files of other images have a rule of their own. */
  #copyFrom(from: string, sources: readonly string[], dest: string, instruction: Instruction): void {
    const left = sources.filter((source) => !/venv|site-packages|\/uvx?$/.test(source));
    if (left.length === 0) return;
    const image = this.#tools.fill(from, instruction);
    if (image === undefined) return;
    if (this.#tools.stages.has(image.toLowerCase()))
      this.#tools.lose(instruction, 'say it with `files`, and a target for the stage');
    else {
      for (const src of left)
        this.#files.push({ from: image, src, dest: this.#destOf(dest), ...accessOf(instruction) });
    }
  }

  #destOf(dest: string): string {
    const to = posix.resolve(this.workdir, dest);
    return dest.endsWith('/') && to !== '/' ? `${to}/` : to;
  }

  /** The context stands in workdir as a whole; what goes elsewhere is a rule of its own. */
  #place(source: string, dest: string, instruction: Instruction): void {
    const from = posix.normalize(source).replace(/^\/+|\/+$/g, '') || '.';
    const to = posix.resolve(this.workdir, dest);
    const intoFolder = dest.endsWith('/') || to === this.workdir;
    const stays = to === posix.resolve(this.workdir, from) || (intoFolder && posix.dirname(from) === '.');
    const isHere = to === this.workdir || to.startsWith(`${this.workdir}/`);
    if (from === '.') this.#context = { dest: to, instruction };
    else if (!isHere) this.#files.push({ src: from, dest: this.#destOf(dest), ...accessOf(instruction) });
    else if (!stays) this.#tools.lose(instruction, 'files keep their place below the context; say it with `files`');
    else if (Object.keys(accessOf(instruction)).length > 0) this.#tools.lose(instruction, ownedByRoot);
  }

  /** It stands in workdir. Where the file names no other, that is the folder that it is copied to. */
  finish(): readonly Readonly<Record<string, string>>[] {
    if (this.#context === undefined) return this.#files;
    const { dest, instruction } = this.#context;
    if (this.workdir === '/') this.workdir = dest;
    if (this.workdir !== dest) this.#tools.lose(instruction, `the context stands in workdir, which is ${this.workdir}`);
    else if (Object.keys(accessOf(instruction)).length > 0) this.#tools.lose(instruction, ownedByRoot);
    return this.#files;
  }
}

const ownedByRoot = 'the app belongs to root and is readable by all; name folders that it writes to in `directories`';

/** What `--chown` and `--chmod` say. */
function accessOf({ flags }: Instruction): Readonly<Record<string, string>> {
  const [owner, mode] = [flags.get('chown'), flags.get('chmod')];
  return { ...(owner === undefined ? {} : { owner }), ...(mode === undefined ? {} : { mode }) };
}

/** Locks and metadata: copied in a Dockerfile for its installer, which is not run here. */
function isDependencyFile(path: string): boolean {
  return /(?:^|\/)(?:requirements[^/]*\.(?:txt|in)|(?:uv|poetry|pdm)\.lock|Pipfile(?:\.lock)?|pyproject\.toml|setup\.(?:py|cfg)|README[^/]*|\.python-version)\*?$/.test(
    path,
  );
}
