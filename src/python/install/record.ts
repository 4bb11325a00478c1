import { createHash } from 'node:crypto';
import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import type { Entry, FileEntry } from '../../layer/entry.ts';
import { type DirectUrl, formatDirectUrl } from './direct-url.ts';
import { installWheel } from './entries.ts';
import { withFolders } from './folders.ts';
import { hashWarnings, recordDigest } from './record-check.ts';
import { type RecordRow, formatRecord } from './record-file.ts';
import { type InstallTarget, joined, sitePackages } from './target.ts';
import type { Wheel } from './wheel.ts';

export interface RecordOptions {
  /** The user or the project asked for the package itself: it gets a REQUESTED file (PEP 376). */
  readonly requested: boolean;
  /** Only where the package did not come from an index (PEP 610). */
  readonly directUrl?: DirectUrl;
}

/**
 * What an installer writes into .dist-info, and the folders above: INSTALLER, REQUESTED, direct_url.json and RECORD,
 * made anew from what is installed. `hashes` has the sha256 (hex) of each file of the package layer, by its path there.
 */
export function recordEntries(
  wheel: Wheel,
  target: InstallTarget,
  hashes: ReadonlyMap<string, string>,
  options: RecordOptions,
): Entry[] {
  const site = sitePackages(target);
  const folder = joined(site, wheel.distInfo);
  const written = [file(`${folder}/INSTALLER`, 'pycontainer\n')];
  if (options.requested) written.push(file(`${folder}/REQUESTED`, ''));
  if (options.directUrl) written.push(file(`${folder}/direct_url.json`, formatDirectUrl(options.directUrl)));
  const rows = [
    ...installWheel(wheel, target).files.map(({ entry }) => row(entry, site, hashes.get(entry.path))),
    ...written.map((entry) => row(entry, site, sha256(entry))),
    [`${wheel.distInfo}/RECORD`, '', ''] as const,
  ];
  return withFolders([...written, file(`${folder}/RECORD`, formatRecord(rows))]);
}

/** Where the bytes that were installed are not what the wheel's own RECORD says. `hashes` as for recordEntries. */
export function recordHashWarnings(
  wheel: Wheel,
  target: InstallTarget,
  hashes: ReadonlyMap<string, string>,
): WarningEvent[] {
  const bySource = new Map<string, string>();
  for (const { entry, source } of installWheel(wheel, target).files) {
    const hash = hashes.get(entry.path);
    if (source !== undefined && hash !== undefined) bySource.set(source, hash);
  }
  return hashWarnings(wheel.record, bySource, wheel.filename);
}

function row(entry: FileEntry, site: string, hash: string | undefined): RecordRow {
  if (hash === undefined) throw new PycontainerError('internal', `no hash of /${entry.path} for RECORD`);
  return [relative(site, entry.path), `sha256=${recordDigest(hash)}`, String(entry.sizeBytes)];
}

/** The way from a folder to a path: `../../../bin/tool`. */
function relative(from: string, path: string): string {
  const up = from === '' ? [] : from.split('/');
  const down = path.split('/');
  let shared = 0;
  while (shared < up.length && up[shared] === down[shared]) shared += 1;
  return [...up.slice(shared).map(() => '..'), ...down.slice(shared)].join('/');
}

function file(path: string, text: string): FileEntry & { content: { kind: 'bytes'; bytes: Uint8Array } } {
  const bytes = Buffer.from(text);
  return {
    type: 'file',
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: bytes.length,
    content: { kind: 'bytes', bytes },
  };
}

function sha256(entry: { content: { bytes: Uint8Array } }): string {
  return createHash('sha256').update(entry.content.bytes).digest('hex');
}
