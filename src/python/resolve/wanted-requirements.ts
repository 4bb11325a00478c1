import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { kindOfPath, localPath } from '../lock/local.ts';
import { nameEntry } from '../lock/requirements.ts';
import { readEntry, type RequirementEntry } from '../lock/requirements-entry.ts';
import { readRequirementsFile, type ReadRequirementsOptions } from '../lock/requirements-file.ts';
import { type Project, readProject } from '../project.ts';
import { underMarker, type Wanted, type WantedFolder, type WantedRequirement } from './wanted.ts';
import { declared } from './wanted-project.ts';

/**
 * What a requirements file asks for, as pip reads it. A folder stands for what its pyproject.toml depends on.
 * Errors: those of readRequirementsFile; 'lock-unsupported' for a folder whose dependencies only a build knows.
 * @param file absolute
 */
export async function wantedByRequirements(file: string, options: ReadRequirementsOptions): Promise<Wanted> {
  const { lines, indexes, preReleases } = await readRequirementsFile(file, options);
  const top = path.dirname(file);
  const entries = await Promise.all(lines.map((line) => nameEntry(readEntry(line, top), options.root)));
  const [constraints, asked] = [entries.filter(({ line }) => line.constraint), entries.filter(isAsked)];
  const places = asked.filter((entry) => folderOf(entry) !== undefined);
  const opened = await Promise.all(places.map((entry) => openFolder(entry, options.root)));
  return {
    file,
    shown: path.relative(options.root, file),
    requirements: [
      ...asked.filter((entry) => !places.includes(entry)).map(wantedEntry),
      ...opened.flatMap(({ requirements }) => requirements),
    ],
    constraints: constraints.map(wantedEntry),
    folders: opened.map(({ folder }) => folder),
    indexes,
    preReleases,
  };
}

function isAsked({ line }: RequirementEntry): boolean {
  return !line.constraint;
}

function wantedEntry({ name = '', extras, specifiers, link, marker, line }: RequirementEntry): WantedRequirement {
  return {
    requirement: {
      name,
      extras,
      specifiers: link === undefined ? specifiers : [],
      ...(link === undefined ? {} : { url: link }),
      ...(marker === undefined ? {} : { marker }),
      written: { name, extras },
    },
    hashes: line.hashes,
    location: line.location,
  };
}

/** Absolute; undefined for what is no folder. */
function folderOf({ link }: RequirementEntry): string | undefined {
  const place = link === undefined ? undefined : localPath(link);
  return place !== undefined && kindOfPath(place) === 'folder' ? path.resolve(place) : undefined;
}

async function openFolder(
  entry: RequirementEntry,
  root: string,
): Promise<{ folder: WantedFolder; requirements: readonly WantedRequirement[] }> {
  const { extras, marker, line } = entry;
  const place = folderOf(entry) ?? '';
  const project = await readProject(place, root);
  if (project?.name === undefined) throw onlyBuildKnows(entry, `${path.relative(root, place)} has no [project] table`);
  const { kind, ...known } = project.version;
  return {
    folder: {
      name: project.name,
      ...(kind === 'known' && 'version' in known ? { version: known.version } : {}),
      path: place,
      editable: line.editable,
      ...(marker === undefined ? {} : { marker }),
    },
    requirements: dependenciesOf(project, extras, entry).map(({ requirement }) => ({
      requirement: underMarker(requirement, marker),
      location: line.location,
    })),
  };
}

function dependenciesOf(
  project: Project,
  extras: readonly string[],
  entry: RequirementEntry,
): readonly WantedRequirement[] {
  if (project.dynamic.has('dependencies'))
    throw onlyBuildKnows(entry, `${project.file} says that its dependencies are dynamic`);
  return declared(project, extras, []);
}

function onlyBuildKnows({ line }: RequirementEntry, why: string): PycontainerError {
  return new PycontainerError('lock-unsupported', `What this folder depends on is known only by building it: ${why}`, {
    hint: 'Build a wheel of it (pip wheel --no-deps) and name that, or write its dependencies under [project].',
    location: line.location,
  });
}

/** The lines of constraints files. Errors: those of readRequirementsFile. */
export async function wantedConstraints(
  files: readonly string[],
  options: ReadRequirementsOptions,
): Promise<readonly WantedRequirement[]> {
  const read = await Promise.all(files.map((file) => readRequirementsFile(file, options)));
  return read.flatMap(({ lines }, index) =>
    lines.map((line) => wantedEntry(readEntry(line, path.dirname(files[index] ?? '')))),
  );
}
