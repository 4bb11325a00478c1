import path from 'node:path';
import type { Table } from './table.ts';
import { readText } from './text.ts';

/** A project's version, or why it is not known without running the project's build backend. */
export type ProjectVersion =
  | { readonly kind: 'known'; readonly version: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Finds a version that pyproject.toml calls dynamic, where the build backend takes it from a plain string in a file.
 * Nothing is run: what is computed (from version control, by code) stays unknown.
 */
export async function dynamicVersion(
  folder: string,
  toml: Table,
  backend: string | undefined,
): Promise<ProjectVersion> {
  const tool = toml.table('tool');
  if (backend?.startsWith('hatchling')) return hatchVersion(folder, tool?.table('hatch')?.table('version'));
  if (backend?.startsWith('setuptools')) return setuptoolsVersion(folder, tool);
  if (backend?.startsWith('flit')) return flitVersion(folder, toml);
  if (backend?.startsWith('pdm')) return pdmVersion(folder, tool?.table('pdm')?.table('version'));
  if (backend?.startsWith('poetry')) return poetryVersion(tool?.table('poetry'));
  return unknown(`the build backend ${backend ?? '(none)'} computes it`);
}

async function hatchVersion(folder: string, settings: Table | undefined): Promise<ProjectVersion> {
  const source = settings?.string('source') ?? 'regex';
  if (source !== 'regex') return unknown(`hatch takes it from ${source}`);
  const file = settings?.string('path');
  if (file === undefined) return unknown('tool.hatch.version names no path');
  if (settings?.has('pattern') === true) return unknown('tool.hatch.version has a pattern of its own');
  return assignedIn(
    folder,
    file,
    ['__version__', 'VERSION'],
    /^(?:__version__|VERSION)(?: ?: ?str)? *= *(['"])v?(.+?)\1/im,
  );
}

async function setuptoolsVersion(folder: string, tool: Table | undefined): Promise<ProjectVersion> {
  if (tool?.has('setuptools_scm') === true) return unknown('setuptools-scm takes it from version control');
  const setuptools = tool?.table('setuptools');
  const settings = setuptools?.table('dynamic')?.table('version');
  if (settings?.has('file') === true) return versionFile(folder, settings);
  const attribute = settings?.string('attr');
  if (attribute === undefined) return unknown('tool.setuptools.dynamic.version names no attribute and no file');
  const parts = attribute.split('.');
  const name = parts.pop() ?? '';
  const root = setuptools?.table('package-dir')?.string('');
  const files = moduleFiles(parts, root === undefined ? ['src', '.'] : [root]);
  return firstAssigned(folder, files, name);
}

async function versionFile(folder: string, settings: Table): Promise<ProjectVersion> {
  const value = settings.raw('file');
  const files = typeof value === 'string' ? [value] : settings.strings('file');
  if (files.length !== 1) return unknown('tool.setuptools.dynamic.version joins several files');
  const file = files[0] ?? '';
  const text = await readInside(folder, file);
  return text === undefined ? unknown(`${file} cannot be read`) : { kind: 'known', version: text.trim() };
}

async function flitVersion(folder: string, toml: Table): Promise<ProjectVersion> {
  const module =
    toml.table('tool')?.table('flit')?.table('module')?.string('name') ?? toml.table('project')?.string('name');
  if (module === undefined) return unknown('flit is told no module');
  return firstAssigned(folder, moduleFiles(module.replaceAll('-', '_').split('.'), ['.', 'src']), '__version__');
}

async function pdmVersion(folder: string, settings: Table | undefined): Promise<ProjectVersion> {
  const source = settings?.string('source') ?? 'file';
  const file = settings?.string('path');
  if (source !== 'file' || file === undefined) return unknown(`pdm takes it from ${source}`);
  return firstAssigned(folder, [file], '__version__');
}

function poetryVersion(settings: Table | undefined): ProjectVersion {
  const version = settings?.string('version');
  if (version === undefined || version === '0.0.0') return unknown('tool.poetry has no version');
  return { kind: 'known', version };
}

function moduleFiles(module: readonly string[], roots: readonly string[]): string[] {
  const name = module.join('/');
  return roots.flatMap((root) => [`${root}/${name}/__init__.py`, `${root}/${name}.py`]);
}

async function firstAssigned(folder: string, files: readonly string[], name: string): Promise<ProjectVersion> {
  for (const file of files) {
    const found = await assignedIn(folder, file, [name], assignment(name));
    if (found.kind === 'known') return found;
  }
  return unknown(
    `no plain string is assigned to ${name} in ${files.map((file) => path.posix.normalize(file)).join(' or ')}`,
  );
}

async function assignedIn(
  folder: string,
  file: string,
  names: readonly string[],
  pattern: RegExp,
): Promise<ProjectVersion> {
  const version = pattern.exec((await readInside(folder, file)) ?? '')?.[2];
  if (version === undefined) return unknown(`no plain string is assigned to ${names.join(' or ')} in ${file}`);
  return { kind: 'known', version };
}

/** `name = "value"` at the start of a line, with or without an annotation, and nothing after it but a comment. */
function assignment(name: string): RegExp {
  const literal = name.replaceAll(/[^A-Za-z0-9_]/g, '');
  return new RegExp(String.raw`^${literal}[ \t]*(?::[^=\n]*)?=[ \t]*(['"])([^'"\\\n]*)\1[ \t]*(?:#.*)?\r?$`, 'm');
}

/** The text of a file of the project; undefined when it is not there or leads out of the project. */
async function readInside(folder: string, file: string): Promise<string | undefined> {
  const absolute = path.resolve(folder, file);
  if (path.relative(folder, absolute).startsWith('..')) return undefined;
  return readText(absolute, file, 'project-invalid');
}

function unknown(reason: string): ProjectVersion {
  return { kind: 'unknown', reason };
}
