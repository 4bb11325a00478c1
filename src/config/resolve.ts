import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { child, locateValue, type SourceNode } from './node.ts';
import type { BaseSpec, DependencySettings, OutputSettings, RunSettings, Target } from './target.ts';
import type { TargetSettings } from './schema/target.ts';

/** Closes what a manifest leaves open by rule: defaults are filled in and paths made absolute. */
export function resolveTarget(name: string, settings: TargetSettings, node: SourceNode, root: string): Target {
  const { base, platforms = [], files = [], dependencies, outputs = [], watch, run, context, ...rest } = settings;
  const baseNode = child(node, 'base');
  const baseText = baseNode?.kind === 'scalar' ? baseNode.text : undefined;
  return {
    name,
    location: locateValue(node, []),
    platforms: distinctPlatforms(platforms),
    tags: [],
    include: [],
    exclude: [],
    directories: [],
    environment: {},
    workdir: '/app',
    ports: [],
    volumes: [],
    labels: {},
    annotations: {},
    layering: { strategy: 'package' },
    compression: { type: 'gzip' },
    limits: {},
    ...rest,
    context: path.resolve(root, context ?? '.'),
    ...(base === undefined ? {} : { base: resolveBase(base, root) }),
    ...(baseText === undefined || baseText === null ? {} : { baseText }),
    dependencies: resolveDependencies(dependencies ?? noDependencySettings, root),
    files: files.map(({ from, ...rule }) => ({
      ...rule,
      ...(from === undefined ? {} : { from: resolveBase(from, root) }),
    })),
    outputs: outputs.map((output) => resolveOutput(output, name, root)),
    ...(watch === undefined ? {} : { watch: watch.map((rule) => ({ ...rule, path: path.resolve(root, rule.path) })) }),
    ...(run === undefined ? {} : { run: resolveRun(run, root) }),
    locate: (keys) => locateValue(node, keys),
  };
}

/** Each platform once, however it was spelt. */
export function distinctPlatforms(platforms: readonly Platform[]): Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

const noDependencySettings: DependencySettings = {
  extras: [],
  groups: [],
  indexes: [],
  findLinks: [],
  constraints: [],
  prefix: '/opt/venv',
  layout: 'venv',
  systemSitePackages: false,
  conflicts: 'warn',
  strict: false,
};

function resolveBase(base: BaseSpec, root: string): BaseSpec {
  return 'path' in base ? { ...base, path: path.resolve(root, base.path) } : base;
}

function resolveDependencies(settings: DependencySettings, root: string): DependencySettings {
  return {
    ...settings,
    ...(settings.from === undefined ? {} : { from: path.resolve(root, settings.from) }),
    indexes: settings.indexes.map((index) => ({
      ...index,
      url: isUrl(index.url) ? index.url : fileUrl(index.url, root),
    })),
    findLinks: settings.findLinks.map((link) => (isUrl(link) ? link : path.resolve(root, link))),
    constraints: settings.constraints.map((file) => (isUrl(file) ? file : path.resolve(root, file))),
  };
}

function isUrl(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|file:)/i.test(text);
}

function fileUrl(folder: string, root: string): string {
  return pathToFileURL(path.resolve(root, folder)).href;
}

function resolveOutput({ type, dest }: OutputSettings, name: string, root: string): OutputSettings {
  const written = dest ?? (type === 'oci' ? path.join('.pycontainer', 'images', name) : undefined);
  return { type, ...(written === undefined ? {} : { dest: path.resolve(root, written) }) };
}

function resolveRun(run: RunSettings, root: string): RunSettings {
  const resolveVolume = (volume: string): string =>
    /^[./]/.test(volume) ? volume.replace(/^[^:]+/, (source) => path.resolve(root, source)) : volume;
  return {
    ...run,
    envFile: run.envFile.map((file) => path.resolve(root, file)),
    volumes: run.volumes.map(resolveVolume),
  };
}
