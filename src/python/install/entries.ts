import { crc32 } from 'node:zlib';
import type { WarningEvent } from '../../events.ts';
import type { Content, Entry, FileEntry } from '../../layer/entry.ts';
import { scriptEntryPoint } from './entry-points.ts';
import { withFolders } from './folders.ts';
import { launcherPath, launcherText, launcherValues, shebang } from './launcher.ts';
import { printable } from './problem.ts';
import { placeMembers, refuseReserved } from './placement.ts';
import { type InstallTarget, joined, launcherInterpreter, schemeFolder, sitePackages } from './target.ts';
import type { Wheel } from './wheel.ts';
import { type ZipFile, refuseFileAndFolder } from './zip.ts';

/** One file of an installed wheel. */
export interface InstalledFile {
  readonly entry: FileEntry & { readonly content: Exclude<Content, { kind: 'path' }> };
  /** Its path in the archive, when its bytes stand there as they are. */
  readonly source?: string;
}

export interface InstalledWheel {
  /** Each path once. */
  readonly files: readonly InstalledFile[];
  /** Files of one wheel that want one path with different bytes. */
  readonly warnings: readonly WarningEvent[];
}

/**
 * A wheel's files at their places below the target's prefix, as pip would have them: of several for one path the last
 * in pip's order. What depends on the project (RECORD and the like) is not among them, see recordEntries. A pure
 * function of the wheel's bytes and the target. Errors: 'wheel-invalid'.
 */
export function installWheel(wheel: Wheel, target: InstallTarget): InstalledWheel {
  const known = installed.get(wheel);
  if (known?.target === target) return known.result;
  const result = install(wheel, target);
  installed.set(wheel, { target, result });
  return result;
}

/** For the target that came last: the layer's entries are asked for, and then what is known of them. */
const installed = new WeakMap<Wheel, { readonly target: InstallTarget; readonly result: InstalledWheel }>();

function install(wheel: Wheel, target: InstallTarget): InstalledWheel {
  const groups = ['console_scripts', 'gui_scripts'].map(
    (name) => wheel.entryPoints.get(name) ?? new Map<string, string>(),
  );
  const names = new Set(groups.flatMap((group) => [...group.keys()]));
  const members = placeMembers(wheel, target, names).map(({ file, path }) =>
    installedMember(wheel, target, file, path),
  );
  const [console = new Map<string, string>(), gui = new Map<string, string>()] = groups;
  const launchers = [...launcherValues(console, target.pythonVersion), ...gui];
  const made = launchers.map(([name, value]) => ({ entry: launcherEntry(wheel, target, name, value) }));
  return settled(wheel, target, [...members, ...made]);
}

/** A wheel's package layer: its files and all folders above them, sorted by the bytes of their path. */
export function wheelEntries(wheel: Wheel, target: InstallTarget): Entry[] {
  return withFolders(installWheel(wheel, target).files.map((file) => file.entry));
}

/** What equal bytes have in common, without reading them where they stand in an archive. */
function contentMark({ sizeBytes, content }: InstalledFile['entry']): string {
  return `${sizeBytes} ${content.kind === 'bytes' ? crc32(content.bytes) : content.crc32}`;
}

function installedMember(wheel: Wheel, target: InstallTarget, file: ZipFile, path: string): InstalledFile {
  const common = { type: 'file', path, mode: installedMode(file.mode), uid: 0, gid: 0 } as const;
  const rest = wheel.pythonScripts.get(file.path);
  if (rest === undefined) {
    return { source: file.path, entry: { ...common, sizeBytes: file.sizeBytes, content: file.content } };
  }
  const bytes = Buffer.concat([Buffer.from(shebang(launcherInterpreter(target), target.pythonVersion)), rest]);
  return { entry: { ...common, sizeBytes: bytes.length, content: { kind: 'bytes', bytes } } };
}

/** pip's rule: executable for all where a regular file is so for anyone; all other bits come from the umask. */
function installedMode(mode: number): number {
  return (mode & 0o170000) === 0o100000 && (mode & 0o111) !== 0 ? 0o755 : 0o644;
}

function launcherEntry(wheel: Wheel, target: InstallTarget, name: string, value: string): InstalledFile['entry'] {
  const entryPoint = scriptEntryPoint(name, value, wheel.filename);
  const bytes = Buffer.from(launcherText(entryPoint, launcherInterpreter(target), target.pythonVersion));
  const path = joined(schemeFolder('scripts', target, wheel.metadata.name), launcherPath(name, wheel.filename));
  const content = { kind: 'bytes', bytes } as const;
  return { type: 'file', path, mode: 0o755, uid: 0, gid: 0, sizeBytes: bytes.length, content };
}

function settled(wheel: Wheel, target: InstallTarget, files: readonly InstalledFile[]): InstalledWheel {
  const byPath = new Map<string, InstalledFile>();
  const differing = new Set<string>();
  for (const file of files) {
    const { path } = file.entry;
    refuseReserved(path, target, wheel.filename);
    const before = byPath.get(path);
    // Two launchers of one name are console and GUI: pip writes both without a word.
    const launchers = before?.source === undefined && file.source === undefined;
    if (before !== undefined && !launchers && contentMark(before.entry) !== contentMark(file.entry))
      differing.add(path);
    byPath.set(path, file);
  }
  const folders = [joined(sitePackages(target), wheel.distInfo), schemeFolder('scripts', target, wheel.metadata.name)];
  refuseFileAndFolder(byPath.keys(), folders, wheel.filename);
  const warnings = [...differing].map((path): WarningEvent => {
    const message = `${wheel.filename} has several files for /${printable(path)}; the last in pip's order is taken`;
    return { type: 'warning', code: 'wheel-metadata', message };
  });
  return { files: [...byPath.values()], warnings };
}
