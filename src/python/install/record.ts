import { createHash } from 'node:crypto';
import { type Entry, textFile } from '../../layer/entry.ts';
import { type DirectUrl, formatDirectUrl } from './direct-url.ts';
import { withFolders } from './folders.ts';
import type { FileFact, InstalledFacts } from './installed.ts';
import { recordDigest } from './record-check.ts';
import { type RecordRow, formatRecord } from './record-file.ts';
import { type InstallTarget, joined, sitePackages } from './target.ts';

export interface RecordOptions {
  /** The user or the project asked for the package itself: it gets a REQUESTED file (PEP 376). */
  readonly requested: boolean;
  /** Only where the package did not come from an index (PEP 610). */
  readonly directUrl?: DirectUrl;
}

/**
 * What an installer writes into .dist-info, and the folders above: INSTALLER, REQUESTED, direct_url.json and RECORD,
 * made anew from what is installed.
 */
export function recordEntries(installed: InstalledFacts, target: InstallTarget, options: RecordOptions): Entry[] {
  const site = sitePackages(target);
  const folder = joined(site, installed.distInfo);
  const written = [textFile(`${folder}/INSTALLER`, 'pycontainer\n')];
  if (options.requested) written.push(textFile(`${folder}/REQUESTED`, ''));
  if (options.directUrl) written.push(textFile(`${folder}/direct_url.json`, formatDirectUrl(options.directUrl)));
  const facts = [...installed.files, ...written.map((entry) => ({ ...entry, sha256: sha256(entry) }))];
  const rows = [...facts.map((fact) => row(fact, site)), [`${installed.distInfo}/RECORD`, '', ''] as const];
  return withFolders([...written, textFile(`${folder}/RECORD`, formatRecord(rows))]);
}

function row({ path, sizeBytes, sha256 }: FileFact, site: string): RecordRow {
  return [relative(site, path), `sha256=${recordDigest(sha256)}`, String(sizeBytes)];
}

/** The way from a folder to a path: `../../../bin/tool`. */
function relative(from: string, path: string): string {
  const up = from === '' ? [] : from.split('/');
  const down = path.split('/');
  let shared = 0;
  while (shared < up.length && up[shared] === down[shared]) shared += 1;
  return [...up.slice(shared).map(() => '..'), ...down.slice(shared)].join('/');
}

function sha256(entry: { content: { bytes: Uint8Array } }): string {
  return createHash('sha256').update(entry.content.bytes).digest('hex');
}
