import { createHash } from 'node:crypto';
import type { WarningEvent } from '../../events.ts';
import type { FileFound } from '../../layer/job.ts';
import { type BinaryFact, findBinaries } from './binaries.ts';
import { type InstalledFile, installWheel } from './entries.ts';
import { memberSha256 } from './member.ts';
import { hashWarnings } from './record-check.ts';
import type { InstallTarget } from './target.ts';
import type { Wheel } from './wheel.ts';

/** Changes whenever what is learned of a wheel does, so that what was kept before is learned anew. */
export const factsFormat = '3';

/** What is known of a wheel once it is installed: enough for RECORD, conflicts and fit without the wheel. Survives JSON. */
export interface InstalledFacts {
  /** Normalized. */
  readonly name: string;
  /** As METADATA writes it. */
  readonly version: string;
  /** PEP 508, unparsed. */
  readonly requiresDist: readonly string[];
  /** `NAME-VERSION.dist-info`, as the archive spells it. */
  readonly distInfo: string;
  /** The files of the package layer. */
  readonly files: readonly FileFact[];
  /** The ELF files among them. */
  readonly binaries: readonly BinaryFact[];
  /** Of opening the wheel, of placing its files, and of hashes that its RECORD has wrong. */
  readonly warnings: readonly WarningEvent[];
}

export interface FileFact {
  /** Relative to the image's root. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Gathers the facts. `found` is what making the layer has seen of files, by their path in it; what is missing is read
 * from the wheel. Errors: 'wheel-invalid' for members that are damaged.
 */
export async function installedFacts(
  wheel: Wheel,
  target: InstallTarget,
  found: ReadonlyMap<string, FileFound> = new Map(),
): Promise<InstalledFacts> {
  const { files, warnings } = installWheel(wheel, target);
  const facts: FileFact[] = [];
  const bySource = new Map<string, string>();
  for (const file of files) {
    const { path, sizeBytes } = file.entry;
    const sha256 = found.get(path)?.sha256 ?? (await hashFile(file, wheel.filename));
    facts.push({ path, sizeBytes, sha256 });
    if (file.source !== undefined) bySource.set(file.source, sha256);
  }
  const wrong = hashWarnings(wheel.record, bySource, wheel.filename);
  const { name, version, distInfo, metadata } = wheel;
  const { requiresDist } = metadata;
  return {
    name,
    version,
    requiresDist,
    distInfo,
    files: facts,
    binaries: await findBinaries(files, wheel, found),
    warnings: [...wheel.warnings, ...warnings, ...wrong],
  };
}

async function hashFile({ entry, source }: InstalledFile, wheel: string): Promise<string> {
  const { path, sizeBytes, content } = entry;
  if (content.kind === 'bytes') return createHash('sha256').update(content.bytes).digest('hex');
  return memberSha256({ path: source ?? path, sizeBytes, content }, wheel);
}
