import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { WarningEvent } from '../../events.ts';
import { evaluateMarker } from '../marker.ts';
import { readProject } from '../project.ts';
import { strip } from '../scanner.ts';
import { specifiersContain, type Specifiers } from '../specifier.ts';
import { checkExtras, checkGroups, sortUnique } from './checks.ts';
import { directPackage, nameDirect } from './direct.ts';
import { localPath } from './local.ts';
import type { Lock, SelectRequest, Selection } from './lock.ts';
import type { LockedPackage } from './package.ts';
import { readEntry, type RequirementEntry } from './requirements-entry.ts';
import { readRequirementsFile, type ReadRequirementsOptions, type RequirementsFile } from './requirements-file.ts';

/**
 * Reads a requirements.txt as a lock: every requirement must be pinned, by itself or by a constraint.
 * Errors: those of {@link readRequirementsFile}; what is not pinned is refused when it is selected.
 * @param file absolute
 */
export async function readRequirementsLock(file: string, options: ReadRequirementsOptions): Promise<Lock> {
  const read = await readRequirementsFile(file, options);
  const top = path.dirname(file);
  const entries = await Promise.all(read.lines.map((line) => nameEntry(readEntry(line, top), options.root)));
  return {
    kind: 'requirements',
    file,
    indexes: read.indexes,
    select: (request) => select(read, entries, path.relative(options.root, file), request),
  };
}

/** Gives a folder or a file the name that it has itself. */
export async function nameEntry(entry: RequirementEntry, root: string): Promise<RequirementEntry> {
  if (entry.name !== undefined || entry.link === undefined) return entry;
  const local = localPath(entry.link);
  const project = local === undefined ? undefined : await readProject(local, root);
  const name = project?.name ?? nameDirect(entry.link);
  if (name !== undefined) return { ...entry, name };
  throw new PycontainerError('lock-syntax', `"${strip(entry.line.text)}" does not say which package it is`, {
    hint: 'Write it as: name @ URL.',
    location: entry.line.location,
  });
}

function select(
  file: RequirementsFile,
  entries: readonly RequirementEntry[],
  shown: string,
  request: SelectRequest,
): Selection {
  checkExtras(request.extras, new Set(), shown);
  checkGroups(request.groups, new Set(), shown);
  const applying = entries.filter(({ marker }) => marker === undefined || evaluateMarker(marker, request.environment));
  const constraints = Map.groupBy(
    applying.filter(({ line }) => line.constraint),
    ({ name }) => name,
  );
  const asked = Map.groupBy(
    applying.filter(({ line }) => !line.constraint),
    ({ name }) => name,
  );
  const packages = [...asked].map(([name, same]) => lockOne(same, constraints.get(name) ?? []));
  checkHashes(file, packages);
  return { packages: sortUnique(packages, 'Keep one of the two lines.'), warnings: noBinaryWarnings(file, packages) };
}

/** All that is said about one package must fit together: one version, or one place. */
function lockOne(asked: readonly RequirementEntry[], constraints: readonly RequirementEntry[]): LockedPackage {
  const [first] = asked;
  if (first?.name === undefined) throw new PycontainerError('internal', 'a requirement without a name');
  const all = [...asked, ...constraints];
  const linked = all.find((entry) => entry.link !== undefined);
  if (linked !== undefined) return lockLinked(linked, first, asked);
  const pinning = all.find((entry) => exactVersion(entry.specifiers) !== undefined);
  const version = pinning === undefined ? undefined : exactVersion(pinning.specifiers);
  if (version === undefined) throw unpinned(first);
  for (const entry of all) if (!specifiersContain(entry.specifiers, version)) throw contradiction(entry, version);
  return {
    name: first.name,
    version,
    source: { kind: 'index' },
    wheels: [],
    hashes: [...new Set(all.flatMap(({ line }) => line.hashes))],
    location: (asked.find((entry) => entry === pinning) ?? first).line.location,
    requested: true,
    requires: [],
  };
}

function lockLinked(
  linked: RequirementEntry,
  first: RequirementEntry,
  asked: readonly RequirementEntry[],
): LockedPackage {
  for (const entry of asked)
    if (entry.link !== undefined && entry.link !== linked.link) throw contradiction(entry, 'another place');
  return directPackage({
    name: first.name ?? '',
    link: linked.link ?? '',
    editable: linked.line.editable,
    hashes: linked.line.hashes,
    location: first.line.location,
  });
}

/** The version that `==` or `===` pins; undefined for none, and for `==1.*`. */
function exactVersion(specifiers: Specifiers): string | undefined {
  return specifiers.find((clause) => clause.operator === '===' || (clause.operator === '==' && !clause.wildcard))?.text;
}

function unpinned(entry: RequirementEntry): PycontainerError {
  return new PycontainerError('lock-unpinned', `${strip(entry.line.text)} is not pinned to one version`, {
    hint: 'Run `pycontainer lock`, which writes all versions down, or pin it with ==.',
    location: entry.line.location,
  });
}

function contradiction(entry: RequirementEntry, version: string): PycontainerError {
  return new PycontainerError(
    'dependency-conflict',
    `${strip(entry.line.text)} contradicts another line, which asks for ${version}`,
    { hint: 'Keep one of them.', location: entry.line.location },
  );
}

/** One hash makes hashes a duty for all that is downloaded, as with pip. */
function checkHashes(file: RequirementsFile, packages: readonly LockedPackage[]): void {
  if (!file.requireHashes && !file.lines.some((line) => line.hashes.length > 0)) return;
  for (const item of packages) {
    const hashes = [
      ...item.hashes,
      ...[...item.wheels, ...(item.sdist === undefined ? [] : [item.sdist])].flatMap((one) => one.hashes),
    ];
    if (hashes.length > 0 || !['index', 'url'].includes(item.source.kind)) continue;
    throw new PycontainerError('lock-unpinned', `${item.name} has no hash, while hashes are asked for`, {
      hint: 'Give every requirement a --hash, or none: uv pip compile --generate-hashes.',
      location: item.location,
    });
  }
}

function noBinaryWarnings(file: RequirementsFile, packages: readonly LockedPackage[]): WarningEvent[] {
  const named = packages.filter(({ name }) => file.noBinary.includes(name) || file.noBinary.includes(':all:'));
  return named.map(({ name, location }) => ({
    type: 'warning',
    code: 'lock-choice',
    message: `--no-binary is passed over for ${name}: only wheels are installed`,
    location,
  }));
}
