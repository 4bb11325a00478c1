import { constants, inflateRawSync } from 'node:zlib';
import { type Elf, elfMachine, readElf } from '../../elf.ts';
import type { Entry } from '../../layer/entry.ts';
import type { FileFound } from '../../layer/job.ts';
import { ArchiveFile } from './archive-file.ts';
import { readElfMember } from './elf-member.ts';
import type { InstalledFile } from './entries.ts';
import type { Member } from './member.ts';
import type { Wheel } from './wheel.ts';

/** What an ELF file of a package says about where it can be loaded. Survives JSON. */
export interface BinaryFact {
  /** Relative to the image's root. */
  readonly path: string;
  /** As elfMachine() says it; absent for machines that have no wheels (graphics processors, BPF). */
  readonly machine?: string;
  /** Path of the loader; absent for libraries and static programs. */
  readonly interpreter?: string;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly soname?: string;
}

const magic = Buffer.from('\x7fELF', 'latin1');
/** The longest possible head of a deflate block has 562 bytes; four bytes of content come soon behind it. */
const peekBytes = 1024;

/**
 * The ELF files among a wheel's installed files, in their order. Every file is looked at but Python's own sources, of
 * which `found` is what making the layer has seen.
 */
export async function findBinaries(
  files: readonly InstalledFile[],
  wheel: Pick<Wheel, 'path' | 'filename'>,
  found: ReadonlyMap<string, FileFound>,
): Promise<readonly BinaryFact[]> {
  using archive = new ArchiveFile(wheel.path, wheel.filename);
  const binaries: BinaryFact[] = [];
  for (const file of files) {
    const { path } = file.entry;
    if (/\.pyi?$/.test(path)) continue;
    const elf = found.get(path)?.elf ?? (await readInstalledElf(file, archive));
    if (elf !== undefined && elf !== 'none') binaries.push(binaryFact(path, elf));
  }
  return binaries;
}

/** The same of files on disk. */
export function findFileBinaries(entries: readonly Entry[]): readonly BinaryFact[] {
  return entries.flatMap((entry) => {
    if (entry.type !== 'file' || entry.content.kind !== 'path' || /\.pyi?$/.test(entry.path)) return [];
    const file = new ArchiveFile(entry.content.path, entry.path);
    try {
      const read = (offset: number, length: number): Buffer =>
        file.read(Math.min(offset, file.sizeBytes), Math.max(Math.min(length, file.sizeBytes - offset), 0));
      const elf = readElf(read);
      return elf === undefined ? [] : [binaryFact(entry.path, elf)];
    } finally {
      file.close();
    }
  });
}

async function readInstalledElf({ entry, source }: InstalledFile, archive: ArchiveFile): Promise<Elf | undefined> {
  const { path, sizeBytes, content } = entry;
  if (content.kind !== 'zip-member' || sizeBytes < magic.length) return undefined;
  const member = { path: source ?? path, sizeBytes, content };
  return startOf(archive, member).equals(magic) ? readElfMember(member, archive.label) : undefined;
}

/** A member's first bytes. Empty for one that is damaged, which is told where it is read whole. */
function startOf(file: ArchiveFile, { content }: Member): Buffer {
  const stored = file.read(content.offset, Math.min(content.compressedSizeBytes, peekBytes));
  if (content.method === 0) return stored.subarray(0, magic.length);
  try {
    return inflateRawSync(stored, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, magic.length);
  } catch {
    return Buffer.alloc(0);
  }
}

/** What {@link BinaryFact} keeps of a file. */
function binaryFact(path: string, elf: Elf): BinaryFact {
  const machine = elfMachine(elf);
  const { interpreter, dynamic } = elf;
  return {
    path,
    ...(machine === undefined ? {} : { machine }),
    ...(interpreter === undefined ? {} : { interpreter }),
    needed: dynamic?.needed ?? [],
    ...(dynamic?.soname === undefined ? {} : { soname: dynamic.soname }),
  };
}
