import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { Target } from '../../index.ts';
import { chooseBase } from '../../plan/gather/base.ts';
import { wishOf } from '../../plan/gather/unlocked.ts';
import { markerEnvironment } from '../../python/environment.ts';
import { findLock, readLock } from '../../python/lock/find.ts';
import { type Project, readProject } from '../../python/project.ts';
import { supportedTags } from '../../python/tags.ts';
import type { SelectedFiles } from '../../app/app-file.ts';
import { selectFiles } from '../../app/select.ts';
import { inferStart, type Start } from '../../app/start.ts';

/** What a project says about the image that it could become. Nothing is asked of a network. */
export interface Findings {
  readonly base: string;
  /** Why that one. */
  readonly baseAssumed: string;
  readonly project: Project | undefined;
  /** The lock's path, relative to the manifest's folder. */
  readonly lock?: string;
  /** The name of what says which packages are wanted, where no lock pins them. */
  readonly unlocked?: string;
  readonly start?: Start;
  /** Why there is no start. */
  readonly startUnknown?: string;
}

/** What of a Python project is in a folder. */
export interface Traces {
  readonly project: Project | undefined;
  /** Absolute. */
  readonly lock: string | undefined;
  readonly selected: SelectedFiles;
}

/** Throws 'project-not-found' where nothing of Python is. */
export async function findTraces({ name, context }: Target, root: string): Promise<Traces> {
  const project = await readProject(context, root);
  const lock = await findLock(context, name, root);
  const selected = selectFiles({ context, include: [], exclude: [], ownOutputs: [] });
  if (project === undefined && lock === undefined && !selected.files.some(({ path }) => path.endsWith('.py'))) {
    throw new PycontainerError('project-not-found', `There is no Python project in ${context}`, {
      hint: 'Looked for pyproject.toml, a lock file, and *.py files. Name the project’s folder with -C.',
    });
  }
  return { project, lock: lock?.file, selected };
}

/** Throws 'project-not-found' where nothing of Python is. */
export async function findProject(target: Target, root: string): Promise<Findings> {
  const { project, lock, selected } = await findTraces(target, root);
  const base = await chooseBase(target, project);
  const unlocked = lock === undefined ? wishOf(target, project) : undefined;
  const packages = await packagesOf(lock, base.text, project, root);
  return {
    base: base.text,
    baseAssumed: base.assumed ?? '',
    project,
    ...(lock === undefined ? {} : { lock: path.relative(root, lock) }),
    ...(unlocked === undefined ? {} : { unlocked: path.basename(unlocked) }),
    ...startOf(project, packages, selected),
  };
}

function startOf(
  project: Project | undefined,
  packages: ReadonlySet<string>,
  { files }: SelectedFiles,
): Pick<Findings, 'start' | 'startUnknown'> {
  try {
    const start = inferStart({
      scripts: project?.isPackage === true ? [...project.scripts.keys()] : [],
      ...(project?.writtenName === undefined ? {} : { projectName: project.writtenName }),
      packages,
      files,
      port: 8000,
    });
    return { start };
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    return { startUnknown: error.message };
  }
}

/** Names of what an image of this base would have; what is declared, where the lock cannot say it. */
async function packagesOf(
  lock: string | undefined,
  base: string,
  project: Project | undefined,
  root: string,
): Promise<ReadonlySet<string>> {
  const declared = project?.dependencies.map(({ requirement }) => requirement.name) ?? [];
  if (lock === undefined) return new Set(declared);
  const minor = Number(/3\.(\d+)/.exec(base)?.[1] ?? 13);
  const target = { implementation: 'cpython', freeThreaded: false, machine: 'x86_64' } as const;
  try {
    const { packages } = (await readLock(lock, { root })).select({
      environment: markerEnvironment({
        interpreter: { implementation: 'cpython', version: `3.${minor}.99` },
        machine: target.machine,
      }),
      tags: supportedTags({ ...target, version: [3, minor], libc: { kind: 'glibc', version: '2.36' } }),
      extras: [],
      groups: [],
      ...(project === undefined ? {} : { project }),
      ...(project?.name === undefined ? {} : { member: project.name }),
    });
    return new Set([...declared, ...packages.map(({ name }) => name)]);
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    return new Set(declared);
  }
}
