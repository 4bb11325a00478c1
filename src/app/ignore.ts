import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import balena from '@balena/dockerignore';
import ignore from 'ignore';
import { systemCode } from '../errors.ts';
import type { TreeMemory } from './tree-memory.ts';

interface DockerMatcher {
  add: (text: string) => DockerMatcher;
  ignores: (path: string) => boolean;
}

/** The package's types speak of a default export where its CommonJS module is the function itself. */
const dockerignore = balena as unknown as (options: { ignorecase: boolean }) => DockerMatcher;

/** Decides for one tree which paths are left out. Paths are relative to the context, with `/`. */
export interface IgnoreRules {
  /** The file that decides, for messages: `.dockerignore`, `.gitignore`, or undefined when there is none. */
  readonly source: string | undefined;
  readonly leavesOut: (path: string, isFolder: boolean) => boolean;
  /** Whether something below a folder that is left out can come back in. */
  readonly mayComeBack: (folder: string) => boolean;
  /** To be called for each folder before its content is asked about; `hasFile`: whether a `.gitignore` is there. */
  readonly enter: (folder: string, hasFile: boolean) => void;
  /** Absolute: folders above the context whose `.gitignore` counts, or would count. */
  readonly above: readonly string[];
}

/** Leaves nothing out. */
export const noRules: IgnoreRules = {
  source: undefined,
  leavesOut: () => false,
  mayComeBack: () => false,
  enter: () => undefined,
  above: [],
};

/** `.dockerignore` of the context, if there is one, decides, in Docker's grammar; else `.gitignore` files do. */
export function ignoreRules(context: string, memory: TreeMemory): IgnoreRules {
  const docker = textOf(join(context, '.dockerignore'));
  memory.rules('.dockerignore', docker);
  return docker === undefined ? gitRules(context, memory) : dockerRules(docker);
}

function dockerRules(text: string): IgnoreRules {
  const matcher = dockerignore({ ignorecase: false }).add(text);
  const comesBack = text.split(/\r?\n/).some((line) => line.trimStart().startsWith('!'));
  return {
    source: '.dockerignore',
    leavesOut: (path) => matcher.ignores(path),
    mayComeBack: () => comesBack,
    enter: () => undefined,
    above: [],
  };
}

/** Git's rules: each folder's own file counts below it, the deepest first; those above the context count up to the repository's root. */
function gitRules(context: string, memory: TreeMemory): IgnoreRules {
  const matchers = new Map<string, ignore.Ignore>();
  const load = (folder: string, text: string | undefined): void => {
    memory.rules(folder, text);
    if (text !== undefined) matchers.set(folder, ignore({ ignorecase: false }).add(text));
  };
  const folders = foldersUpToRepository(context);
  for (const folder of folders) load(folder, textOf(join(folder, '.gitignore')));
  const top = folders.at(-1) ?? context;
  const below = context.replace(/\/?$/, '/');
  return {
    source: '.gitignore',
    leavesOut: (path, isFolder) => matchers.size > 0 && leftOutByGit(matchers, top, below + path, isFolder),
    mayComeBack: () => false,
    enter: (folder, hasFile) => {
      const place = join(context, folder);
      if (folder !== '') load(place, hasFile ? textOf(join(place, '.gitignore')) : undefined);
    },
    above: folders.slice(1),
  };
}

/** `path` is absolute, as `top` and the folders of the matchers are. */
function leftOutByGit(
  matchers: ReadonlyMap<string, ignore.Ignore>,
  top: string,
  path: string,
  isFolder: boolean,
): boolean {
  for (let slash = path.lastIndexOf('/'); slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash) || '/';
    const result = matchers.get(folder)?.test(path.slice(slash + 1) + (isFolder ? '/' : ''));
    if (result?.ignored === true) return true;
    if (result?.unignored === true || folder === top || slash === 0) return false;
  }
  return false;
}

/** The context, then each folder above it up to the one that holds `.git`; only the context when none does. */
function foldersUpToRepository(context: string): readonly string[] {
  const folders = [context];
  for (let folder = context; ; folder = dirname(folder)) {
    if (folder !== context) folders.push(folder);
    if (textOf(join(folder, '.git', 'HEAD')) !== undefined || textOf(join(folder, '.git')) !== undefined)
      return folders;
    if (folder === dirname(folder) || basename(folder) === '') return [context];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
