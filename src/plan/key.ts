import { createHash } from 'node:crypto';
import { type LayerKey, parseLayerKey } from '../oci/digest.ts';
import type { Compression } from '../config/target.ts';
import type { BaseFacts } from '../base/base.ts';
import type { Content, Entry } from '../layer/entry.ts';
import { layerFormat } from '../layer/make.ts';
import { installFormat, type InstallTarget } from '../python/install/target.ts';
import type { PlannedPackage, PythonInputs, TargetCopy } from './inputs.ts';

/** Changes whenever the way in which a layer is made from its inputs changes, so that no old result is taken for a new one. */
export const planFormat = '3';

interface Bytes {
  /** How the tar is compressed decides the digest. */
  readonly compression: Compression;
  /** Stands in every header of the tar. */
  readonly mtimeSeconds: number;
}

/**
 * The key of a layer of packages. Nothing of the project is in it, so equal wheels give equal layers everywhere: not the
 * base, not the platform (it is in the wheel), not who asked for the packages.
 */
export function packagesKey(wheels: readonly PlannedPackage[], install: InstallTarget, bytes: Bytes): LayerKey {
  return keyOf('packages', bytes, [installPart(install), wheels.map(wheelPart)]);
}

/**
 * The key of the venv layer: what is written down about the packages, and the links to the interpreter. What is odd
 * about the packages is kept with the layer, so what that is judged by is in the key too.
 */
export function venvKey(
  { install, interpreter, packages, environment, basePackages }: PythonInputs,
  { machine, libc, libraries }: Pick<BaseFacts, 'machine' | 'libc' | 'libraries'>,
  bytes: Bytes,
): LayerKey {
  return keyOf('venv', bytes, [
    installPart(install),
    // `bin/python` links to the path, pyvenv.cfg names the version and whether the base's packages are seen.
    [interpreter.path, interpreter.version, basePackages ?? null],
    // RECORD lists the wheel's files; REQUESTED and direct_url.json say how it was asked for.
    // Of those that the base target has installed nothing is written down, but they are judged with the rest.
    packages.map((item) => [
      ...wheelPart(item),
      item.requested,
      item.directUrl ?? null,
      ...(item.inBase === true ? ['in base'] : []),
    ]),
    // Markers of requirements are evaluated in the environment; binaries must fit the rest.
    packages.length === 0 ? null : [environment, machine, libc?.kind ?? null, libraries],
  ]);
}

/** What is copied out of another target's image. */
export interface CopyPart extends TargetCopy {
  /** All layers of the image that it is taken from. */
  readonly layers: readonly LayerKey[];
}

/** The key of the app layer: every entry with all that reaches the tar. Where a file lies on this machine does not. */
export function appKey(
  entries: readonly Entry[],
  bytes: Bytes,
  copies: readonly CopyPart[] = [],
  folders: BaseFacts['folders'] = {},
): LayerKey {
  const own = entriesHash(entries);
  // Copied files take their folders' modes, and their way through links, from what is below.
  return keyOf('app', bytes, copies.length === 0 ? own : [own, copies.map(copyPart), folders]);
}

function copyPart({ rule, from, layers, place }: CopyPart): readonly unknown[] {
  const { src, dest, mode, owner } = rule;
  // What can be found at `src`; then where it goes, and how.
  return [from.image.base.digest, layers, src, dest, mode ?? null, owner ?? null, place.workdir, place.directories];
}

const entriesHashes = new WeakMap<readonly Entry[], string>();

/** Stands for the entries and all that reaches the tar. Images that share their entries share the work. */
export function entriesHash(entries: readonly Entry[]): string {
  const known = entriesHashes.get(entries);
  if (known !== undefined) return known;
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const made = createHash('sha256')
    .update(JSON.stringify(sorted.map(entryPart)))
    .digest('hex');
  entriesHashes.set(entries, made);
  return made;
}

/** A short form of {@link appKey}'s part for one entry, to tell which entries changed. */
export function entryFingerprint(entry: Entry): string {
  return fingerprintOf(entryPart(entry));
}

/** For telling what changed; decides nothing. */
export function fingerprintOf(part: unknown): string {
  return createHash('sha256').update(JSON.stringify(part)).digest('hex').slice(0, 16);
}

function keyOf(kind: string, { compression, mtimeSeconds }: Bytes, parts: unknown): LayerKey {
  // The formats of this key and of the bytes below it; compression and level; the time in the headers.
  const all = [planFormat, layerFormat, kind, compression.type, compression.level ?? null, mtimeSeconds, parts];
  return parseLayerKey(`sha256:${createHash('sha256').update(JSON.stringify(all)).digest('hex')}`);
}

function installPart({
  prefix,
  pythonVersion,
  layout,
  implementation,
  freeThreaded,
  interpreter,
}: InstallTarget): unknown {
  // How wheels are placed; the prefix stands in paths and launchers, X.Y (and its flavour) in paths; a flat layout's launchers name the interpreter.
  return [
    installFormat,
    prefix,
    pythonVersion,
    layout,
    implementation ?? 'cpython',
    freeThreaded ?? false,
    interpreter ?? null,
  ];
}

function wheelPart({ wheel }: PlannedPackage): readonly unknown[] {
  // Its bytes; its name too, since the .dist-info folder is checked against it.
  return [wheel.sha256, wheel.filename];
}

function entryPart(entry: Entry): readonly unknown[] {
  const common = [entry.path, entry.type, entry.mode, entry.uid, entry.gid, entry.mtimeSeconds ?? null];
  switch (entry.type) {
    case 'file':
      return [...common, entry.sizeBytes, contentPart(entry.content)];
    case 'symlink':
    case 'hardlink':
      return [...common, entry.target];
    case 'directory':
      return common;
  }
}

function contentPart(content: Content): string {
  switch (content.kind) {
    case 'bytes':
      return createHash('sha256').update(content.bytes).digest('hex');
    case 'path':
      if (content.sha256 === undefined) throw new TypeError(`${content.path} was not hashed`);
      return content.sha256;
    case 'zip-member':
      return `crc32:${content.crc32}`;
  }
}
