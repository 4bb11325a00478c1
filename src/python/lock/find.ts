import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { normalizeName } from '../name.ts';
import { readProject } from '../project.ts';
import { readText } from '../text.ts';
import type { Lock, LockKind } from './lock.ts';
import { readPdmLock } from './pdm.ts';
import { readPipfileLock } from './pipfile.ts';
import { readPoetryLock } from './poetry.ts';
import { readPylock } from './pylock.ts';
import { readRequirementsLock } from './requirements.ts';
import { readUvLock } from './uv-lock.ts';
import { parseUvLock } from './uv-read.ts';

export interface FoundLock {
  /** Absolute. */
  readonly file: string;
  readonly kind: LockKind;
}

/** In the order in which they are taken. */
const names: readonly (readonly [name: string, kind: LockKind])[] = [
  ['uv.lock', 'uv'],
  ['pylock.toml', 'pylock'],
  ['poetry.lock', 'poetry'],
  ['pdm.lock', 'pdm'],
  ['Pipfile.lock', 'pipfile'],
  ['requirements.txt', 'requirements'],
];

/**
 * Looks for the lock of a target: the one that bears its name (`pylock.<target>.toml`), in the context and upwards to
 * the root; else the first of the known names in the context; else in the folders above it, as far as it is the
 * context's: a uv.lock that lists it as a member, or any lock where the context is no project of its own.
 * @param context absolute
 * @param root absolute: the last folder that is looked at
 */
export async function findLock(context: string, targetName: string, root: string): Promise<FoundLock | undefined> {
  return (await findTargetLock(context, targetName, root)) ?? findProjectLock(context, root);
}

/** The first half of {@link findLock}. `list` names the files of a folder, none for one that is not there. */
export async function findTargetLock(
  context: string,
  targetName: string,
  root: string,
  list: (folder: string) => Promise<readonly string[]> = namesIn,
): Promise<FoundLock | undefined> {
  const name = `pylock.${targetName}.toml`;
  for (const folder of upwards(context, root)) {
    const file = path.join(folder, name);
    if ((await list(folder)).includes(name) && (await isFile(file))) return { file, kind: 'pylock' };
  }
  return undefined;
}

/** The second half of {@link findLock}, which is the same for all targets of a context. */
export async function findProjectLock(context: string, root: string): Promise<FoundLock | undefined> {
  const own = await readProject(context, root);
  for (const folder of upwards(context, root)) {
    const there = await namesIn(folder);
    for (const [name, kind] of names) {
      const file = path.join(folder, name);
      if (!there.includes(name) || !(await isFile(file))) continue;
      const isOwn =
        folder === context || own?.name === undefined || (kind === 'uv' && (await listsMember(file, context, root)));
      if (isOwn) return { file, kind };
    }
  }
  return undefined;
}

/** From a folder to the root above it; the folder alone where the root is not above. */
function upwards(from: string, root: string): string[] {
  const below = path.relative(root, from);
  if (below === '..' || below.startsWith(`..${path.sep}`) || path.isAbsolute(below)) return [from];
  const parts = below === '' ? [] : below.split(path.sep);
  return [from, ...parts.map((_, index) => path.join(root, ...parts.slice(0, parts.length - 1 - index)))];
}

/** Names as they are written: on a file system that ignores case too, they are compared exactly. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

async function listsMember(file: string, context: string, root: string): Promise<boolean> {
  const shown = path.relative(root, file);
  const lock = parseUvLock((await readText(file, shown, 'lock-syntax')) ?? '', file, shown);
  return lock.packages.some(({ source }) => source.kind === 'directory' && source.path === context);
}

export interface ReadLockOptions {
  /** Absolute; paths in messages are relative to it. Default: the lock's own folder. */
  readonly root?: string;
  /** What `${NAME}` stands for in requirements files and Pipfile.lock. Default: the environment. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Constraints files for requirements files; absolute. */
  readonly constraints?: readonly string[];
}

/**
 * Reads a lock of any kind, by its file name.
 * Errors: 'lock-not-found', 'lock-syntax', 'lock-unsupported' for a kind that has no reader.
 * @param file absolute
 */
export async function readLock(file: string, options: ReadLockOptions = {}): Promise<Lock> {
  const lock = await readKind(file, kindOf(file), options);
  return {
    ...lock,
    select: (request) => {
      const { extras, groups } = request;
      return lock.select({ ...request, extras: extras.map(normalizeName), groups: groups.map(normalizeName) });
    },
  };
}

async function readKind(file: string, kind: LockKind | undefined, options: ReadLockOptions): Promise<Lock> {
  const { root = path.dirname(file), constraints = [], variables = process.env } = options;
  const shown = path.relative(root, file) || path.basename(file);
  if (kind === undefined) throw existsSync(file) ? unsupported(shown) : absent(shown);
  if (kind === 'requirements') return readRequirementsLock(file, { root, variables, constraints });
  const text = await readText(file, shown, 'lock-syntax');
  if (text === undefined) throw absent(shown);
  switch (kind) {
    case 'uv':
      return readUvLock(text, file, shown);
    case 'pylock':
      return readPylock(text, file, shown);
    case 'poetry':
      return readPoetryLock(text, file, shown);
    case 'pdm':
      return readPdmLock(text, file, shown);
    case 'pipfile':
      return readPipfileLock(text, file, shown, variables);
  }
}

function kindOf(file: string): LockKind | undefined {
  const name = path.basename(file);
  if (/^pylock\.[^.]+\.toml$/.test(name)) return 'pylock';
  if (/\.(?:txt|in)$/.test(name)) return 'requirements';
  return names.find(([known]) => known === name)?.[1];
}

const tools: Readonly<Record<string, string>> = {
  'uv.lock': 'uv',
  'poetry.lock': 'poetry',
  'pdm.lock': 'pdm',
  'Pipfile.lock': 'pipenv',
};

function absent(shown: string): PycontainerError {
  return new PycontainerError('lock-not-found', `There is no lock file ${shown}`, {
    hint: toolOf(shown) ?? 'Check the path; it is relative to the manifest.',
  });
}

function toolOf(shown: string): string | undefined {
  const tool = tools[path.basename(shown)];
  return tool === undefined ? undefined : `Make it with \`${tool} lock\`.`;
}

function unsupported(shown: string): PycontainerError {
  return new PycontainerError('lock-unsupported', `${shown} is of a kind that is not read`, {
    hint: 'These are: uv.lock, pylock.toml, poetry.lock, pdm.lock, Pipfile.lock, requirements files (*.txt), and the folder of a virtual environment.',
  });
}
