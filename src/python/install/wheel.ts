import { isUtf8 } from 'node:buffer';
import type { WarningEvent } from '../../events.ts';
import { type WheelFilename, parseTags, parseWheelFilename } from '../filename.ts';
import { isName, normalizeName } from '../name.ts';
import { compareVersions, readVersion } from '../version.ts';
import { type EntryPoints, parseEntryPoints } from './entry-points.ts';
import { memberStart, readMember } from './member.ts';
import { type Metadata, header, parseHeaders, parseMetadata } from './metadata.ts';
import { printable, wheelError } from './problem.ts';
import { type RecordRow, parseRecord } from './record-file.ts';
import { recordWarnings } from './record-check.ts';
import { schemePart } from './scheme.ts';
import { type ZipArchive, type ZipFile, readZip } from './zip.ts';

/** A wheel that may be installed: read, checked, nothing of it unpacked. */
export interface Wheel {
  readonly filename: string;
  /** Where the archive is. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Normalized. */
  readonly name: string;
  /** As METADATA writes it. */
  readonly version: string;
  readonly metadata: Metadata;
  /** `NAME-VERSION.dist-info`, as the archive spells it. */
  readonly distInfo: string;
  /** As WHEEL lists them, expanded. */
  readonly tags: readonly string[];
  readonly entryPoints: EntryPoints;
  readonly record: readonly RecordRow[];
  readonly files: readonly ZipFile[];
  /** What stands behind the first line of each script whose first line begins with `#!python`, by its path. */
  readonly pythonScripts: ReadonlyMap<string, Buffer>;
  /** What is odd about it but does not keep pip from installing it either. */
  readonly warnings: readonly WarningEvent[];
}

/** What is read whole. The largest METADATA and RECORD known have some 4 MB, the largest lists of entry points 0.1. */
const limitBytes = { METADATA: 16 << 20, RECORD: 16 << 20, WHEEL: 1 << 20, 'entry_points.txt': 1 << 20 } as const;
const scriptsLimitBytes = 64 << 20;
const scriptMark = Buffer.from('#!python');
/** Lines of a WHEEL file that are looked at; real ones have fewer than ten. */
const tagLimit = 100;

/**
 * Opens the wheel at `path`, which is to be `filename`, and refuses what docs/wheel-policy.md says. Reads its table of
 * contents, its metadata and its rewritable scripts. Errors: 'wheel-invalid' (see wheelProblem), 'filename-invalid',
 * 'file-unreadable'.
 */
export async function openWheel(path: string, filename: string): Promise<Wheel> {
  const expected = parseWheelFilename(filename);
  const archive = readZip(path, filename);
  const files = new Map(archive.files.map((file) => [file.path, file]));
  const distInfo = findDistInfo(archive, expected, filename);
  const text = async (name: keyof typeof limitBytes): Promise<string | undefined> => {
    const file = files.get(`${distInfo}/${name}`);
    return file && decodedText(await readMember(file, filename, limitBytes[name]), file.path, filename);
  };
  const metadata = checkedMetadata(await text('METADATA'), expected, filename);
  const { tags, warnings } = checkedWheelFile(await text('WHEEL'), expected, filename);
  const record = checkedRecord(await text('RECORD'), files.size, filename);
  for (const file of archive.files) schemePart(file.path, filename);
  return {
    filename,
    path,
    sizeBytes: archive.sizeBytes,
    name: expected.name,
    version: metadata.version,
    metadata,
    distInfo,
    tags,
    entryPoints: parseEntryPoints((await text('entry_points.txt')) ?? '', filename),
    record,
    files: archive.files,
    pythonScripts: await findPythonScripts(archive.files, filename),
    warnings: [
      ...archiveWarnings(archive, filename),
      ...warnings,
      ...recordWarnings(record, files, distInfo, filename),
    ],
  };
}

function decodedText(bytes: Buffer, path: string, wheel: string): string {
  if (!isUtf8(bytes)) throw wheelError('metadata-encoding', wheel, path);
  return bytes.toString();
}

function findDistInfo(archive: ZipArchive, expected: WheelFilename, wheel: string): string {
  const tops = [...archive.files.map((file) => file.path), ...archive.folders].map(
    (path) => path.split('/', 1)[0] ?? '',
  );
  const found = [...new Set(tops)].filter((top) => top.endsWith('.dist-info'));
  const [distInfo, ...others] = found;
  if (distInfo === undefined) throw wheelError('dist-info-missing', wheel, expected.name);
  if (others.length > 0) throw wheelError('dist-info-several', wheel, found.join(', '));
  const [, name = '', version = ''] = /^(.*)-([^-]*)\.dist-info$/.exec(distInfo) ?? [];
  if (!isSame(name, version, expected)) throw wheelError('dist-info-mismatch', wheel, distInfo);
  return distInfo;
}

function isSame(name: string, version: string, expected: WheelFilename): boolean {
  const parsed = readVersion(version);
  if (normalizeName(name) !== expected.name || parsed === undefined) return false;
  return compareVersions(parsed, expected.version) === 0;
}

function checkedMetadata(text: string | undefined, expected: WheelFilename, wheel: string): Metadata {
  if (text === undefined) throw wheelError('metadata-missing', wheel, expected.name);
  const metadata = parseMetadata(text);
  if (metadata === undefined || !isName(metadata.name)) throw wheelError('metadata-invalid', wheel, 'Name or Version');
  if (isSame(metadata.name, metadata.version, expected)) return metadata;
  throw wheelError('metadata-mismatch', wheel, `${metadata.name} ${metadata.version}`);
}

function checkedWheelFile(
  text: string | undefined,
  expected: WheelFilename,
  wheel: string,
): { tags: readonly string[]; warnings: readonly WarningEvent[] } {
  if (text === undefined) throw wheelError('wheel-file-missing', wheel, expected.name);
  const headers = parseHeaders(text);
  const version = header(headers, 'wheel-version');
  const [, major, minor] = /^(\d+)(?:\.(\d+))*$/.exec(version ?? '') ?? [];
  if (major === undefined) throw wheelError('wheel-file-invalid', wheel, `Wheel-Version ${version ?? 'is missing'}`);
  if (Number(major) > 1) throw wheelError('wheel-version', wheel, `Wheel-Version ${version}`);
  const tags = [
    ...new Set((headers.get('tag') ?? []).slice(0, tagLimit).flatMap((tag) => parseTags(tag.trim()) ?? [tag])),
  ];
  const warnings: WarningEvent[] = [];
  if (Number(minor ?? 0) > 0) warnings.push(odd(`${wheel} has the newer wheel format ${version}`));
  if (!sameSet(tags, expected.tags)) warnings.push(odd(`${wheel} has other tags inside: ${tags.join(', ') || 'none'}`));
  return { tags, warnings };
}

function checkedRecord(text: string | undefined, fileCount: number, wheel: string): RecordRow[] {
  if (text === undefined) throw wheelError('record-missing', wheel, 'no file of that name in .dist-info');
  const limit = fileCount * 10 + 10_000;
  const rows: RecordRow[] = [];
  for (const row of parseRecord(text)) {
    rows.push(row);
    if (rows.length > limit) throw wheelError('too-large', wheel, `RECORD has more than ${limit} rows`);
  }
  return rows;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((value) => set.has(value));
}

function archiveWarnings(archive: ZipArchive, wheel: string): WarningEvent[] {
  const warnings = archive.duplicates.map((path) => odd(`${wheel} has several files at ${path}; the last is taken`));
  if (archive.strayBytes > 0) {
    warnings.push(odd(`${wheel} has ${archive.strayBytes} bytes before or behind its archive; they are passed over`));
  }
  return warnings;
}

function odd(message: string): WarningEvent {
  return { type: 'warning', code: 'wheel-metadata', message: printable(message) };
}

async function findPythonScripts(files: readonly ZipFile[], wheel: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  let left = scriptsLimitBytes;
  for (const file of files) {
    if (schemePart(file.path, wheel).scheme !== 'scripts') continue;
    const start = await memberStart(file, scriptMark.length, wheel);
    if (!start.equals(scriptMark)) continue;
    const bytes = await readMember(file, wheel, left);
    left -= bytes.length;
    const end = bytes.indexOf('\n');
    found.set(file.path, end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 1));
  }
  return found;
}
