import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import type { Compression, LayeringSettings, Target } from '../../src/config/target.ts';
import { digestOf, parseDiffId } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import type { Inputs, PlannedPackage, PlatformInputs, TargetInputs } from '../../src/plan/inputs.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { markerEnvironment } from '../../src/python/environment.ts';

/** A project in a few words; {@link inputsOf} makes of it what a plan is made from. Everything in it can be edited. */
export interface Spec {
  targets: TargetSpec[];
}

export interface TargetSpec {
  name: string;
  platforms: PlatformSpec[];
  layering: LayeringSettings;
  isStrict?: boolean;
  /** What reaches no layer. */
  wishes?: Partial<Target>;
}

export interface PlatformSpec {
  architecture: string;
  base: string;
  python: { path: string; version: string; implementation?: 'pypy'; freeThreaded?: boolean };
  machine: string;
  libraries: string[];
  libc: string;
  libcKind?: 'musl';
  /** Packages of the base itself, where they are seen: name → version. */
  basePackages?: Record<string, string>;
  /** The user's own projects: name → version. */
  projects?: Record<string, string>;
  prefix: string;
  layout: 'venv' | 'flat';
  packages: PackageSpec[];
  files: Record<string, FileSpec>;
  compression: Compression;
  mtimeSeconds: number;
  label: string;
  /** Where the project lies on this machine. */
  folder: string;
}

export interface PackageSpec {
  name: string;
  version: string;
  build: number;
  sizeBytes: number;
  requested: boolean;
  directUrl?: string;
  requires?: string[];
}

export interface FileSpec {
  text: string;
  mode: number;
  uid?: number;
  mtimeSeconds?: number;
  /** It is a link, and leads there. */
  link?: string;
  /** It is a folder. */
  isFolder?: boolean;
}

export function inputsOf({ targets }: Spec): Inputs {
  return { targets: targets.map(targetInputs), bases: [] };
}

function targetInputs({ name, platforms, layering, isStrict = false, wishes = {} }: TargetSpec): TargetInputs {
  const target: Target = {
    name,
    location: { file: 'pycontainer.yaml', line: 1, column: 1 },
    context: '/project',
    platforms: platforms.map(({ architecture }) => ({ os: 'linux', architecture })),
    tags: [],
    dependencies: {
      extras: [],
      groups: [],
      indexes: [],
      findLinks: [],
      prefix: '/opt/venv',
      layout: 'venv',
      conflicts: 'warn',
      strict: isStrict,
    },
    include: [],
    exclude: [],
    files: [],
    directories: [],
    environment: {},
    workdir: '/app',
    ports: [],
    volumes: [],
    labels: {},
    annotations: {},
    layering,
    compression: { type: 'gzip' },
    outputs: [],
    limits: {},
    ...wishes,
    locate: () => ({ file: 'pycontainer.yaml', line: 1, column: 1 }),
  } as unknown as Target;
  return { target, platforms: platforms.map(platformInputs), assumed: [], warnings: [] };
}

function platformInputs(spec: PlatformSpec): PlatformInputs {
  const { version, path, implementation, freeThreaded } = spec.python;
  const [major = '', minor = ''] = version.split('.');
  const platform = { os: 'linux', architecture: spec.architecture };
  const base = digestOf(`layer of ${spec.base}`);
  const flavour = { implementation: implementation ?? 'cpython', freeThreaded: freeThreaded ?? false } as const;
  const interpreter = { path, version, ...flavour, packages: spec.basePackages ?? {} };
  return {
    platform,
    base: {
      text: 'python:3',
      platform,
      digest: digestOf(spec.base),
      config: { ...platform, rootfs: { type: 'layers', diff_ids: [parseDiffId(base)] } },
      layers: [
        {
          descriptor: { mediaType: mediaTypes.layerGzip, digest: base, size: 1 },
          diffId: parseDiffId(base),
          origin: { kind: 'store' },
        },
      ],
    },
    facts: {
      interpreter,
      libc: { kind: spec.libcKind ?? 'glibc', version: spec.libc },
      machine: spec.machine,
      libraries: spec.libraries,
      folders: {},
    },
    python: {
      install: {
        prefix: spec.prefix,
        pythonVersion: [Number(major), Number(minor)],
        layout: spec.layout,
        ...flavour,
        ...(spec.layout === 'flat' ? { interpreter: path } : {}),
      },
      interpreter: { path, version },
      packages: spec.packages.map((item) => plannedPackage(item, spec)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      projects: spec.projects ?? {},
      ...(spec.basePackages === undefined ? {} : { basePackages: spec.basePackages }),
      environment: markerEnvironment({ interpreter, machine: spec.machine }),
      source: 'uv.lock',
    },
    app: {
      entries: Object.entries(spec.files).map(([path, file]) => entryOf(path, file, spec.folder)),
      files: Object.keys(spec.files).length,
      sizeBytes: 1,
      workdir: '/app',
    },
    settings: {
      environment: {},
      workdir: '/app',
      inferred: false,
      ports: [],
      volumes: [],
      labels: { label: spec.label },
      createdSeconds: spec.mtimeSeconds,
    },
    annotations: {},
    compression: spec.compression,
    mtimeSeconds: spec.mtimeSeconds,
  };
}

function entryOf(path: string, { text, mode, uid = 0, mtimeSeconds, link, isFolder }: FileSpec, folder: string): Entry {
  const common = { path, mode, uid, gid: uid, ...(mtimeSeconds === undefined ? {} : { mtimeSeconds }) };
  if (isFolder === true) return { ...common, type: 'directory' };
  if (link !== undefined) return { ...common, type: 'symlink', target: link };
  const content = { kind: 'path', path: `${folder}/${path}`, sha256: sha256(text) } as const;
  return { ...common, type: 'file', sizeBytes: text.length, content };
}

export function plannedPackage(item: PackageSpec, { folder }: Pick<PlatformSpec, 'folder'>): PlannedPackage {
  const { name, version, build, sizeBytes, requested, directUrl, requires } = item;
  return {
    name,
    version,
    wheel: {
      filename: `${name}-${version}-py3-none-any.whl`,
      sha256: sha256(`${name} ${version} ${build}`),
      sizeBytes,
      url: `file://${folder}/${name}.whl`,
    },
    requested,
    requires: requires ?? [],
    ...(directUrl === undefined ? {} : { directUrl }),
    location: { file: `${folder}/uv.lock`, line: 1, column: 1 },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const aName = fc.stringMatching(/^[a-z][a-z0-9]{0,3}(-[a-z0-9]{1,2})?$/);
const aSize = fc.oneof(fc.integer({ min: 1, max: (1 << 20) - 1 }), fc.integer({ min: 1 << 20, max: 1 << 28 }));
const aFilePath = fc.oneof(
  fc.array(aName, { minLength: 1, maxLength: 3 }).map((parts) => `app/${parts.join('/')}.py`),
  fc.constantFrom('app/__proto__', 'app/constructor', 'etc/passwd', 'app/10', 'app/2', 'app/ünï.py'),
);

const aPackage: fc.Arbitrary<PackageSpec> = fc.record(
  {
    name: aName,
    version: fc.constantFrom('1.0', '1.1', '2.0'),
    build: fc.nat(3),
    sizeBytes: aSize,
    requested: fc.boolean(),
    directUrl: fc.constantFrom('https://example.org/x.whl'),
  },
  { requiredKeys: ['name', 'version', 'build', 'sizeBytes', 'requested'] },
);

/** By name, and several of them large. */
export const packageList: fc.Arbitrary<PackageSpec[]> = fc.uniqueArray(aPackage, {
  selector: ({ name }) => name,
  maxLength: 30,
});

const aPlatform: fc.Arbitrary<PlatformSpec> = fc.record({
  architecture: fc.constant('amd64'),
  base: fc.constantFrom('base one', 'base two'),
  python: fc.record({
    path: fc.constantFrom('/usr/bin/python3', '/usr/local/bin/python3.12'),
    version: fc.constantFrom('3.12.6', '3.12.7', '3.13.0'),
  }),
  machine: fc.constantFrom('x86_64', 'aarch64'),
  libraries: fc.constantFrom([], ['libc.so.6']),
  libc: fc.constantFrom('2.36', '2.41'),
  prefix: fc.constantFrom('/opt/venv', '/srv/x'),
  layout: fc.constantFrom('venv', 'flat'),
  packages: packageList,
  files: fc.dictionary(
    aFilePath,
    fc.record({ text: fc.string({ maxLength: 5 }), mode: fc.constantFrom(0o644, 0o755) }),
    { maxKeys: 6 },
  ),
  compression: fc.constantFrom<Compression>(
    { type: 'gzip' },
    { type: 'gzip', level: 9 },
    { type: 'zstd' },
    { type: 'none' },
  ),
  mtimeSeconds: fc.constantFrom(315532800, 1700000000),
  label: fc.constantFrom('a', 'b'),
  folder: fc.constantFrom('/home/a', '/builds/b'),
});

const layering: fc.Arbitrary<LayeringSettings> = fc.oneof(
  fc.constant<LayeringSettings>({ strategy: 'single' }),
  fc.constant<LayeringSettings>({ strategy: 'package' }),
  fc.integer({ min: 1, max: 8 }).map((budget): LayeringSettings => ({ strategy: 'package', budget })),
);

/** One to three targets of one or two platforms. */
export const specs: fc.Arbitrary<Spec> = fc.record({
  targets: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('api', 'web', 'worker'),
      platforms: fc
        .array(aPlatform, { minLength: 1, maxLength: 2 })
        .map((list) => list.map((one, index) => ({ ...one, architecture: ['amd64', 'arm64'][index] ?? '' }))),
      layering,
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
  ),
});
