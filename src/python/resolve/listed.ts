import { PycontainerError } from '../../errors.ts';
import type { IndexFile } from '../index/file.ts';
import type { Finder } from '../index/finder.ts';
import { compareHashes } from '../index/hashes.ts';
import { measure } from '../index/measure.ts';
import type { LockedFile } from '../lock/package.ts';
import type { PylockEntry } from '../lock/pylock-write.ts';
import { nameEntry } from '../lock/requirements.ts';
import { readEntry, type RequirementEntry } from '../lock/requirements-entry.ts';
import { readRequirementsFile } from '../lock/requirements-file.ts';
import { directPackage } from '../lock/direct.ts';
import { entryOf } from './entry.ts';

/**
 * Requirements that a tool pinned with hashes, with the wheels that the indexes have for those hashes.
 * @throws PycontainerError 'lock-failed' for a line that pins nothing; those of the index
 */
export async function listPinned(file: string, root: string, finder: Finder): Promise<PylockEntry[]> {
  const { lines } = await readRequirementsFile(file, { root, variables: {} });
  return Promise.all(lines.map(async (line) => listOne(await nameEntry(readEntry(line, root), root), finder)));
}

async function listOne(entry: RequirementEntry, finder: Finder): Promise<PylockEntry> {
  const { name = '', link, marker, specifiers, line } = entry;
  const condition = marker === undefined ? {} : { marker };
  if (link !== undefined) {
    const { editable, hashes, location } = line;
    const item = directPackage({ name, link, editable, hashes, location });
    return entryOf({ ...item, ...condition, dependencies: [] }, finder);
  }
  const [pin] = specifiers;
  if (pin?.operator !== '==' && pin?.operator !== '===')
    throw new PycontainerError('lock-failed', `uv answered with ${line.text}, which pins nothing`);
  return {
    name,
    version: pin.text,
    ...condition,
    source: { kind: 'index' },
    wheels: await listWheels(name, pin.text, line.hashes, finder),
    dependencies: [],
  };
}

/** From the first place that has wheels with these hashes. */
async function listWheels(
  name: string,
  version: string,
  hashes: readonly string[],
  finder: Finder,
): Promise<LockedFile[]> {
  for (const place of [...finder.links(), ...finder.indexes(undefined)]) {
    const { files } = await finder.find(place, name, version, true);
    const wheels = files.filter(({ filename }) => filename.endsWith('.whl'));
    const known = await Promise.all(wheels.map((file) => withHashes(file, finder)));
    const listed = known.filter((file) => hashes.length === 0 || compareHashes(file.hashes, hashes) === 'match');
    if (listed.length > 0) return listed.map(lockedFile);
  }
  throw new PycontainerError('package-not-found', `No index has the wheels of ${name} ${version} that uv chose`, {
    hint: 'Say the index in the manifest too: `dependencies: {indexes: [{url: …}]}`. Or update uv.',
  });
}

/** A lock names no file without its hash. */
async function withHashes(file: IndexFile, finder: Finder): Promise<IndexFile> {
  return file.hashes.length > 0 ? file : { ...file, ...(await measure(file, finder)) };
}

function lockedFile({ filename, url, hashes, sizeBytes }: IndexFile): LockedFile {
  return { filename, url, hashes, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
}
