import { type BigIntStats, closeSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';
import { PycontainerError, systemCode } from '../errors.ts';
import type { AppFile, SelectedFiles } from './app-file.ts';
import { holdsPrivateKey, isGuarded, mayHoldPrivateKey } from './guarded.ts';
import { type IgnoreRules, ignoreRules, noRules } from './ignore.ts';
import { type FoundBelow, TreeMemory } from './tree-memory.ts';

export interface SelectOptions {
  readonly context: string;
  /** Gitignore patterns of what comes in whatever else says no. */
  readonly include: readonly string[];
  /** Gitignore patterns of what stays out. */
  readonly exclude: readonly string[];
  /** Absolute paths of our own outputs. */
  readonly ownOutputs: readonly string[];
  /** false: `.dockerignore` and `.gitignore` are passed over. */
  readonly ignoreFiles?: boolean;
  /** Of looks at the same choice before; the result is the same object when nothing changed. */
  readonly memory?: TreeMemory;
}

/** `asked`: an include names it. The rest say who has the last word: our guard, `exclude`, or the ignore rules. */
type Verdict = 'asked' | 'guarded' | 'excluded' | 'ignored' | 'in';

/** What is being found of a folder. */
interface Found extends FoundBelow {
  readonly files: AppFile[];
  readonly leftOut: string[];
  readonly dangling: string[];
  readonly folders: string[];
}

const importable = /\.(?:py|pyi|so)$/;

/** Walks the context once and says what is packed. Reads no file but ignore files and `.pem` files. */
export function selectFiles(options: SelectOptions): SelectedFiles {
  return new Selection(options).run();
}

class Selection {
  readonly #options: SelectOptions;
  readonly #rules: IgnoreRules;
  readonly #include: ignore.Ignore;
  readonly #exclude: ignore.Ignore;
  readonly #ways: readonly string[];
  /** Our own outputs, relative to the context. */
  readonly #own: ReadonlySet<string>;
  readonly #memory: TreeMemory;

  constructor(options: SelectOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new TreeMemory();
    this.#rules = options.ignoreFiles === false ? noRules : ignoreRules(options.context, this.#memory);
    this.#include = ignore({ ignorecase: false }).add([...options.include]);
    this.#exclude = ignore({ ignorecase: false }).add([...options.exclude]);
    this.#ways = options.include.map(literalPrefix);
    this.#own = new Set(options.ownOutputs.map((path) => relative(resolve(options.context), resolve(path))));
  }

  run(): SelectedFiles {
    const { files, leftOut, dangling, folders } = this.#look('', false);
    return this.#memory.same({
      files: this.#memory.sorted(files),
      leftOut: leftOut.toSorted(),
      dangling: dangling.toSorted(),
      ignoreSource: this.#rules.source,
      folders: [...this.#rules.above, ...folders],
    });
  }

  /** What is packed of a folder. `onlyAsked`: nothing but what an include names. */
  #look(folder: string, onlyAsked: boolean): FoundBelow {
    const place = folder === '' ? this.#options.context : `${this.#options.context}/${folder}`;
    const known = this.#memory.below(place, onlyAsked);
    if (known !== undefined) return known;
    const entries = this.#memory.list(place);
    const found: Found = { files: [], leftOut: [], dangling: [], folders: [place] };
    this.#rules.enter(
      folder,
      entries.some(({ name }) => name === '.gitignore'),
    );
    for (const { name, isFolder } of entries) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (isFolder) this.#folder(path, name, onlyAsked, found);
      else this.#file(path, name, onlyAsked, found);
    }
    this.#memory.found(place, { onlyAsked, found });
    return found;
  }

  #folder(path: string, name: string, onlyAsked: boolean, found: Found): void {
    const verdict = this.#verdict(path, name, true);
    const place = `${this.#options.context}/${path}`;
    // What was looked into before, and did not change, is no venv.
    const isOpen = verdict === 'asked' || this.#memory.below(place, false) !== undefined;
    const closed = onlyAsked || verdict === 'guarded' || (!isOpen && isVenv(place));
    const isIn = verdict === 'asked' || (verdict === 'in' && !closed);
    if (isIn) {
      if (!this.#below(path, false, found)) this.#add(path, 'folder', found);
    } else if (!closed && verdict === 'ignored' && this.#rules.mayComeBack(path)) this.#below(path, false, found);
    else if (this.#leadsIn(path)) this.#below(path, true, found);
  }

  /** Adds what is packed of a folder; returns whether anything is. */
  #below(path: string, onlyAsked: boolean, found: Found): boolean {
    const below = this.#look(path, onlyAsked);
    append(below.files, found.files);
    append(below.leftOut, found.leftOut);
    append(below.dangling, found.dangling);
    append(below.folders, found.folders);
    return below.files.length > 0;
  }

  #file(path: string, name: string, onlyAsked: boolean, found: Found): void {
    const verdict = this.#verdict(path, name, false);
    if (verdict === 'asked') return this.#add(path, 'file', found);
    if (verdict === 'ignored' && !onlyAsked && importable.test(name)) found.leftOut.push(path);
    if (verdict !== 'in' || onlyAsked) return;
    if (mayHoldPrivateKey(name) && this.#isPrivateKey(path)) return;
    this.#add(path, 'file', found);
  }

  #verdict(path: string, name: string, isFolder: boolean): Verdict {
    const asked = path + (isFolder ? '/' : '');
    return this.#memory.verdict(asked, () => this.#judge(path, name, isFolder, asked));
  }

  #judge(path: string, name: string, isFolder: boolean, asked: string): Verdict {
    if (this.#options.include.length > 0 && this.#include.ignores(asked)) return 'asked';
    if (isGuarded(name) || this.#own.has(path)) return 'guarded';
    if (this.#options.exclude.length > 0 && this.#exclude.ignores(asked)) return 'excluded';
    return this.#rules.leavesOut(path, isFolder) ? 'ignored' : 'in';
  }

  #leadsIn(folder: string): boolean {
    return this.#ways.some(
      (way) => way !== '' && (`${way}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${way}/`)),
    );
  }

  #isPrivateKey(path: string): boolean {
    return holdsPrivateKey(headOf(join(this.#options.context, path)));
  }

  #add(path: string, kind: 'file' | 'folder', { files, dangling }: Found): void {
    const source = `${this.#options.context}/${path}`;
    const file = this.#memory.file(source, () => appFile(path, source));
    if (file === undefined || (kind === 'folder') !== (file.type === 'directory')) return;
    if (file.target !== undefined && leadsOut(this.#options.context, source, file.target)) dangling.push(path);
    files.push(file);
  }
}

/** One at a time, since there may be more than a call can have arguments. */
function append<T>(items: readonly T[], to: T[]): void {
  for (const item of items) to.push(item);
}

/** Looks at one path without following a link; undefined when it is gone or is neither file, folder nor link. */
export function appFile(path: string, source: string): AppFile | undefined {
  const stat = lstatOf(source);
  if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink() || stat.isDirectory())) return undefined;
  const type = stat.isFile() ? 'file' : stat.isSymbolicLink() ? 'symlink' : 'directory';
  return {
    path,
    source,
    type,
    sizeBytes: type === 'file' ? Number(stat.size) : 0,
    executable: type === 'file' && (stat.mode & 0o111n) !== 0n,
    ...(type === 'symlink' ? { target: readlinkSync(source) } : {}),
    identity: { mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs, inode: stat.ino },
  };
}

function lstatOf(source: string): BigIntStats | undefined {
  try {
    return lstatBig(source);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw unreadable(source, error);
    if (!source.includes('\uFFFD')) return undefined;
    throw new PycontainerError('layer-entry-invalid', `The name of ${source} is not UTF-8`, {
      hint: 'Rename it, or leave it out with exclude.',
    });
  }
}

function lstatBig(source: string): BigIntStats {
  return lstatSync(source, { bigint: true });
}

function unreadable(source: string, cause: unknown): PycontainerError {
  return new PycontainerError(
    'file-unreadable',
    `${source} cannot be looked at (${systemCode(cause) ?? 'unknown reason'})`,
    {
      hint: 'Mend its permissions, or leave it out with exclude.',
      cause,
    },
  );
}

/** Empty where there is no file any more, or a link that leads to none. */
function headOf(source: string): Buffer {
  const head = Buffer.alloc(64 * 1024);
  let file: number | undefined;
  try {
    file = openSync(source, 'r');
    return head.subarray(0, readSync(file, head, 0, head.length, 0));
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ELOOP', 'ENOTDIR'].includes(systemCode(error) ?? '')) return head.subarray(0, 0);
    throw unreadable(source, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function isVenv(folder: string): boolean {
  return lstatSync(`${folder}/pyvenv.cfg`, { throwIfNoEntry: false }) !== undefined;
}

/** A link that is absolute but into the context, or relative and out of it, cannot lead there in the image. */
function leadsOut(context: string, source: string, target: string): boolean {
  const inside = (path: string): boolean => path === context || path.startsWith(context + sep);
  if (target.startsWith('/')) return inside(target);
  return !inside(resolve(dirname(source), target));
}

/** The folders at a pattern's beginning that hold no wildcard; empty when the pattern may match anywhere. */
function literalPrefix(pattern: string): string {
  const parts = pattern.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (!pattern.replace(/\/$/, '').includes('/')) return /[*?[\]\\!]/.test(pattern) ? '' : (parts[0] ?? '');
  const wild = parts.findIndex((part) => /[*?[\]\\!]/.test(part));
  return parts.slice(0, wild === -1 ? parts.length : wild).join('/');
}
