import { createHash } from 'node:crypto';
import { openWheel, type Wheel } from '../../src/python/install/wheel.ts';
import { wheelEntries } from '../../src/python/install/entries.ts';
import { installedFacts } from '../../src/python/install/installed.ts';
import { readMember } from '../../src/python/install/member.ts';
import { recordEntries, type RecordOptions } from '../../src/python/install/record.ts';
import { prefixPath, type InstallTarget } from '../../src/python/install/target.ts';
import type { Entry, FileEntry } from '../../src/layer/entry.ts';

/** A file of an installed wheel as a test compares it. */
export interface InstalledFact {
  readonly mode: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** What a wheel puts below the prefix, both layers' shares together, by path relative to the prefix. */
export async function installedFiles(
  wheel: Wheel,
  target: InstallTarget,
  options: RecordOptions = { requested: true },
): Promise<Map<string, InstalledFact>> {
  const entries = wheelEntries(wheel, target);
  const facts = await readFiles(entries, wheel.filename);
  const installed = await installedFacts(wheel, target, facts);
  const record = await readFiles(recordEntries(installed, target, options), wheel.filename);
  const prefix = prefixPath(target);
  return new Map([...facts, ...record].map(([path, fact]) => [path.slice(prefix.length).replace(/^\//, ''), fact]));
}

export async function installFile(
  path: string,
  filename: string,
  target: InstallTarget,
): Promise<Map<string, InstalledFact>> {
  return installedFiles(await openWheel(path, filename), target);
}

async function readFiles(entries: readonly Entry[], wheel: string): Promise<Map<string, InstalledFact>> {
  const facts = new Map<string, InstalledFact>();
  for (const entry of entries) {
    if (entry.type !== 'file') continue;
    const bytes = await readContent(entry, wheel);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    facts.set(entry.path, { mode: entry.mode, sizeBytes: bytes.length, sha256, bytes });
  }
  return facts;
}

async function readContent({ path, sizeBytes, content }: FileEntry, wheel: string): Promise<Buffer> {
  if (content.kind === 'bytes') return Buffer.from(content.bytes);
  if (content.kind === 'path') throw new Error(`${path} is not in the wheel`);
  return readMember({ path, sizeBytes, content }, wheel);
}
