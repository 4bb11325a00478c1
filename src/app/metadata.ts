import { createHash } from 'node:crypto';
import { relative } from 'node:path/posix';
import { PycontainerError } from '../errors.ts';
import { type Entry, type FileEntry, textFile } from '../layer/entry.ts';
import { scriptEntryPoint } from '../python/install/entry-points.ts';
import { launcherText } from '../python/install/launcher.ts';
import { formatRecord } from '../python/install/record-file.ts';
import { type InstallTarget, joined, launcherInterpreter, prefixPath, sitePackages } from '../python/install/target.ts';
import type { Project } from '../python/project.ts';
import type { AppFile } from './app-file.ts';

/** A version that says, in a form PEP 440 takes, that nobody knows it without running a build backend. */
const unknownVersion = '0+unknown';

/**
 * What makes a project that stands in the image as source behave as installed: its .dist-info, its launchers, and a
 * `.pth` that puts `root` on sys.path. As an editable install, so code is found where it lies.
 * @param root absolute in the image: the folder that holds the importable code
 * @param location absolute in the image: the project's folder
 */
export function projectEntries(
  project: Project,
  root: string,
  location: string,
  target: InstallTarget,
): readonly Entry[] {
  const name = project.writtenName;
  if (!project.isPackage || name === undefined) return [];
  const version = versionOf(project);
  const distribution = `${name.toLowerCase().replaceAll(/[-_.]+/g, '_')}-${version.replaceAll('-', '_')}`;
  const site = sitePackages(target);
  const info = joined(site, `${distribution}.dist-info`);
  const files = [
    textFile(joined(info, 'METADATA'), metadataOf(project, name, version)),
    textFile(joined(info, 'INSTALLER'), 'pycontainer\n'),
    textFile(
      joined(info, 'direct_url.json'),
      JSON.stringify({ dir_info: { editable: true }, url: `file://${location}` }),
    ),
    ...entryPointsFile(project, info),
    ...(target.layout === 'venv' ? [pathEntry(`_${distribution.split('-')[0]}`, root, target)] : []),
    ...launchers(project, target),
  ];
  const record = joined(info, 'RECORD');
  const rows = files.map(
    ({ path, sizeBytes, content }) => [relative(site, path), recordHash(content), `${sizeBytes}`] as const,
  );
  return [...files, textFile(record, formatRecord([...rows, [relative(site, record), '', '']]))];
}

/** A `.pth` file: a folder that Python adds to sys.path when it starts. */
export function pathEntry(name: string, folder: string, target: InstallTarget): FileEntry {
  return textFile(joined(sitePackages(target), `${name}.pth`), `${folder}\n`);
}

/** Where a project's importable code stands: `src` where there is such a layout, else the project's folder itself. */
export function importRoot(files: readonly AppFile[], location: string): string {
  const hasSource = files.some(({ path }) => /^src\/(?:[^/]+\/)?[^/]+\.py$/.test(path));
  const isPackage = files.some(({ path }) => path === 'src/__init__.py');
  return hasSource && !isPackage ? joinedAbsolute(location, 'src') : location;
}

function versionOf(project: Project): string {
  return project.version.kind === 'known' ? project.version.version : unknownVersion;
}

function metadataOf(project: Project, name: string, version: string): string {
  const extras = [...project.optionalDependencies];
  const lines = [
    'Metadata-Version: 2.4',
    `Name: ${name}`,
    `Version: ${version}`,
    ...(project.description === undefined ? [] : [`Summary: ${project.description.replaceAll(/\s*\n\s*/g, ' ')}`]),
    ...(project.requiresPython === undefined ? [] : [`Requires-Python: ${project.requiresPython}`]),
    ...project.dependencies.map(({ text }) => `Requires-Dist: ${text}`),
    ...extras.flatMap(([extra, requirements]) => [
      `Provides-Extra: ${extra}`,
      ...requirements.map(({ text }) => `Requires-Dist: ${withExtra(text, extra)}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function withExtra(requirement: string, extra: string): string {
  const marker = `extra == '${extra}'`;
  const at = requirement.lastIndexOf(';');
  return at === -1
    ? `${requirement}; ${marker}`
    : `${requirement.slice(0, at)}; (${requirement.slice(at + 1).trim()}) and ${marker}`;
}

function entryPointsFile(project: Project, info: string): readonly FileEntry[] {
  const groups = [
    ['console_scripts', project.scripts] as const,
    ['gui_scripts', project.guiScripts] as const,
    ...project.entryPoints,
  ].filter(([, points]) => points.size > 0);
  if (groups.length === 0) return [];
  const text = groups
    .map(([group, points]) => `[${group}]\n${[...points].map(([name, value]) => `${name} = ${value}\n`).join('')}`)
    .join('\n');
  return [textFile(joined(info, 'entry_points.txt'), text)];
}

function launchers(project: Project, target: InstallTarget): readonly FileEntry[] {
  return [...project.scripts, ...project.guiScripts].map(([name, value]) => {
    if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) {
      throw new PycontainerError('project-invalid', `[project.scripts] has a command with the name '${name}'`, {
        hint: 'A command is made of letters, digits, dots, underscores and hyphens.',
        location: project.toml.table('project')?.table('scripts')?.locate(name),
      });
    }
    const entryPoint = scriptEntryPoint(name, value, project.file);
    const text = launcherText(entryPoint, launcherInterpreter(target), target.pythonVersion);
    return { ...textFile(joined(prefixPath(target), 'bin', name), text), mode: 0o755 };
  });
}

function recordHash(content: FileEntry['content']): string {
  const bytes = content.kind === 'bytes' ? content.bytes : new Uint8Array();
  return `sha256=${createHash('sha256').update(bytes).digest('base64url')}`;
}

function joinedAbsolute(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
