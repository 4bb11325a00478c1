import { existsSync } from 'node:fs';
import path from 'node:path';
import { PycontainerError, type SourceLocation } from '../../errors.ts';
import { readText } from '../text.ts';
import type { LockIndexes } from './lock.ts';
import { logicalLines, type LogicalLine } from './requirements-lines.ts';
import { parseLine, type LineOption, type OptionName } from './requirements-options.ts';

/** A requirements file with all that it includes. */
export interface RequirementsFile {
  /** In the order in which pip reads them. */
  readonly lines: readonly RequirementLine[];
  readonly indexes: LockIndexes;
  /** Every requirement must have a hash. */
  readonly requireHashes: boolean;
  /** Names that only a source distribution may be taken of; `:all:` among them for all. */
  readonly noBinary: readonly string[];
  /** Versions before a release count too. */
  readonly preReleases: boolean;
}

export interface RequirementLine {
  /** As written, variables filled in, without the options behind it. */
  readonly text: string;
  readonly editable: boolean;
  /** From a constraints file: says which version, but does not ask for the package. */
  readonly constraint: boolean;
  /** `algorithm:hex`, in the order of the file. None for what is editable: pip passes over them there. */
  readonly hashes: readonly string[];
  readonly location: SourceLocation;
}

export interface ReadRequirementsOptions {
  /** What `${NAME}` stands for. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Constraints files beside those that the file names; absolute. */
  readonly constraints?: readonly string[];
  /** Paths in messages are relative to it; absolute. */
  readonly root: string;
}

/**
 * Reads a requirements file as pip does, includes and constraints followed.
 * Errors: 'lock-syntax', 'lock-not-found' for an included file, 'lock-unsupported' for one on the network.
 * @param file absolute
 */
export async function readRequirementsFile(file: string, options: ReadRequirementsOptions): Promise<RequirementsFile> {
  const reader = new Reader(path.dirname(file), options);
  await reader.read(file, false, []);
  for (const constraint of options.constraints ?? []) await reader.read(constraint, true, []);
  return reader.result();
}

/** Includes beyond this are refused: files that include each other twice over would be read for ever. */
const maxFiles = 1000;

const strongHashes = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);

class Reader {
  private readonly top: string;
  private readonly options: ReadRequirementsOptions;
  private readonly lines: RequirementLine[] = [];
  private indexUrl: string | undefined;
  private extraIndexUrls: string[] = [];
  private noIndex = false;
  private files = 0;
  private requireHashes = false;
  private preReleases = false;
  private readonly findLinks: string[] = [];
  private readonly noBinary: string[] = [];

  /** @param top pip's working folder, to which paths are relative: that of the first file */
  constructor(top: string, options: ReadRequirementsOptions) {
    this.top = top;
    this.options = options;
  }

  result(): RequirementsFile {
    const { lines, extraIndexUrls, findLinks, noIndex, requireHashes, noBinary, preReleases, indexUrl } = this;
    const indexes = { ...(indexUrl === undefined ? {} : { indexUrl }), extraIndexUrls, findLinks, noIndex };
    return { lines, indexes, requireHashes, noBinary, preReleases };
  }

  /** @param from the files that lead here and the place of the include, outermost first */
  async read(
    file: string,
    constraint: boolean,
    from: readonly { file: string; location: SourceLocation }[],
  ): Promise<void> {
    const shown = path.relative(this.options.root, file);
    const location = from.at(-1)?.location;
    if (from.some((outer) => outer.file === file))
      throw new PycontainerError('lock-syntax', `${shown} includes itself`, { location });
    this.files += 1;
    if (this.files > maxFiles)
      throw new PycontainerError('lock-syntax', `${shown} is one of more than ${maxFiles} includes`, { location });
    const text = await readText(file, shown, 'lock-syntax');
    if (text === undefined)
      throw new PycontainerError('lock-not-found', `There is no ${shown}`, { hint: 'Check the path.', location });
    const rawLines = text.split(/\r?\n/);
    for (const line of logicalLines(text, this.options.variables)) {
      const at = { file: shown, line: line.line, column: 1, text: rawLines[line.line - 1] ?? '' };
      const include = this.take(line, at, file, constraint);
      if (include !== undefined) await this.read(include.file, include.constraint, [...from, { file, location: at }]);
    }
  }

  /** Takes in a line; gives back the file that it includes, if it does. */
  private take(line: LogicalLine, location: SourceLocation, file: string, constraint: boolean): Include | undefined {
    const parts = parseLine(line.text);
    if (parts === undefined)
      throw invalidLine(location, 'it has an option that is not known here, or an option without its value');
    const editable = parts.requirement === '' ? valueOf(parts.options, 'editable') : undefined;
    const text = editable ?? parts.requirement;
    if (text !== '') {
      const hashes = parts.options.filter(({ name }) => name === 'hash').map(({ value }) => checkHash(value, location));
      const isEditable = editable !== undefined;
      this.lines.push({ text, editable: isEditable, constraint, hashes: isEditable ? [] : hashes, location });
      return undefined;
    }
    const noIndexFirst = parts.options.toSorted(
      (a, b) => Number(b.name === 'no-index') - Number(a.name === 'no-index'),
    );
    for (const option of noIndexFirst) this.applyGlobal(option, file);
    return findInclude(parts.options, file, location);
  }

  /** An index takes the place of all that were named before; after `--no-index` none is taken any more. */
  private applyGlobal({ name, value }: LineOption, file: string): void {
    if (name === 'find-links') this.findLinks.push(this.linkPlace(value, path.dirname(file)));
    else if (name === 'require-hashes') this.requireHashes = true;
    else if (name === 'pre') this.preReleases = true;
    else if (name === 'no-binary') this.noBinary.push(...value.split(','));
    else if (name === 'no-index') this.noIndex = true;
    if (this.noIndex || name === 'index-url' || name === 'pypi-url') {
      this.indexUrl = this.noIndex ? undefined : value;
      this.extraIndexUrls = [];
    } else if (name === 'extra-index-url') this.extraIndexUrls.push(value);
  }

  /** A path is relative to the file that names it, or else to pip's working folder. */
  private linkPlace(value: string, folder: string): string {
    if (isUrl(value)) return value;
    const beside = path.resolve(folder, value);
    return existsSync(beside) ? beside : path.resolve(this.top, value);
  }
}

interface Include {
  readonly file: string;
  readonly constraint: boolean;
}

/** What a constraints file includes with `-r` is no constraint any more. */
function findInclude(options: readonly LineOption[], file: string, location: SourceLocation): Include | undefined {
  const requirements = valueOf(options, 'requirement');
  const included = requirements ?? valueOf(options, 'constraint');
  if (included === undefined) return undefined;
  if (isUrl(included)) {
    throw new PycontainerError('lock-unsupported', 'A requirements file on the network is not read', {
      hint: 'Save it beside this one and name the copy.',
      location,
    });
  }
  return { file: path.resolve(path.dirname(file), included), constraint: requirements === undefined };
}

function checkHash(value: string, location: SourceLocation): string {
  const [, algorithm = '', hex = ''] = /^([^:]*):(.*)$/.exec(value) ?? [];
  if (strongHashes.get(algorithm) === hex.length && /^[0-9a-f]+$/i.test(hex))
    return `${algorithm}:${hex.toLowerCase()}`;
  throw invalidLine(location, `--hash wants sha256, sha384 or sha512, a colon and the hash in hex`);
}

function invalidLine(location: SourceLocation, why: string): PycontainerError {
  return new PycontainerError('lock-syntax', `${location.file}: this line cannot be read: ${why}`, { location });
}

function valueOf(options: readonly LineOption[], name: OptionName): string | undefined {
  return options.find((option) => option.name === name)?.value;
}

function isUrl(text: string): boolean {
  return /^(?:https?|file|ftp):/i.test(text);
}
