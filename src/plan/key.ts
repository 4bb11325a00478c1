import { createHash, type Hash } from 'node:crypto';
import { type LayerKey, parseLayerKey } from '../oci/digest.ts';
import type { Compression } from '../config/target.ts';
import type { BaseFacts } from '../base/base.ts';
import type { Content, Entry } from '../layer/entry.ts';
import { layerFormat } from '../layer/make.ts';
import { replacedIn, withReplaced } from '../layer/replaced.ts';
import { installFormat, type InstallTarget } from '../python/install/target.ts';
import type { PlannedPackage, PythonInputs, TargetCopy } from './inputs.ts';

/** Changes whenever the way in which a layer is made from its inputs changes, so that no old result is taken for a new one. */
export const planFormat = '3';

interface Bytes {
  readonly compression: Compression;
  readonly mtimeSeconds: number;
}

/**
 * The key of a layer of packages. Nothing of the project is in it, so equal wheels give equal layers everywhere: not the
 * base, not the platform (it is in the wheel), not who asked for the packages.
 */
export function packagesKey(wheels: readonly PlannedPackage[], install: InstallTarget, bytes: Bytes): LayerKey {
  return keyOf('packages', bytes, [
    // Decides where each file goes, and what launchers say.
    installPart(install),
    // Of two wheels that want one path the later is taken: so their order counts too.
    wheels.map(wheelPart),
  ]);
}

/**
 * The key of the venv layer: what is written down about the packages, and the links to the interpreter. What is odd about
 * the packages is kept with the layer, so what that is judged by is in the key too. The user's own projects are not: what
 * packages require of them is judged at each use, so that a new version of the project makes no layer.
 */
export function venvKey(
  { install, interpreter, packages, environment, basePackages }: PythonInputs,
  { machine, libc, libraries }: Pick<BaseFacts, 'machine' | 'libc' | 'libraries'>,
  bytes: Bytes,
): LayerKey {
  return keyOf('venv', bytes, [
    // Decides where links and .dist-info folders go.
    installPart(install),
    [
      // `bin/python` links to it, and pyvenv.cfg names its folder.
      interpreter.path,
      // pyvenv.cfg says it, down to the patch.
      interpreter.version,
      // pyvenv.cfg says whether they are seen, and they are set against what packages require.
      basePackages ?? null,
    ],
    packages.map((item) => [
      // RECORD lists the wheel's files and their hashes.
      ...wheelPart(item),
      // Decides whether there is a REQUESTED file.
      item.requested,
      // Stands in direct_url.json.
      item.directUrl ?? null,
      // Of those that the base target has installed nothing is written down, but they are judged with the rest.
      ...(item.inBase === true ? ['in base'] : []),
    ]),
    // Without packages there is nothing to judge by the base.
    packages.length === 0
      ? null
      : [
          // Markers of what packages require are evaluated in it.
          environment,
          // Binaries for another machine are told.
          machine,
          // So are those for another C library,
          libc?.kind ?? null,
          // and those that need a library which the base lacks.
          libraries,
        ],
  ]);
}

/** The kind of an app layer; changes with the way in which it is cut into pieces. */
export const appFormat = 'app 2';

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
  // The user's files, and what is made for the project.
  const own = entriesHash(entries);
  if (copies.length === 0) return keyOf(appFormat, bytes, own);
  return keyOf(appFormat, bytes, [
    own,
    // Later copies are laid over earlier ones: so their order counts too.
    copies.map(copyPart),
    // Copied files take their folders' modes, and their way through links, from what is below.
    folders,
  ]);
}

function copyPart({ rule, from, layers, place }: CopyPart): readonly unknown[] {
  const { src, dest, mode, owner } = rule;
  return [
    // What can be found at `src`: in the base of the other image, and in its layers.
    from.image.base.digest,
    layers,
    src,
    // Where it goes; a relative one is below the workdir.
    dest,
    place.workdir,
    // What its entries say in place of what they said.
    mode ?? null,
    owner ?? null,
    // Folders that are made on the way may be among these.
    place.directories,
  ];
}

const entriesHashes = new WeakMap<readonly Entry[], string>();
/** So many go to the hash at once. */
const hashedAtOnce = 256;

/** How the entries of the last app were hashed: the state in front of each portion of the sorted ones. */
interface LastHashed {
  readonly entries: readonly Entry[];
  readonly sorted: readonly Entry[];
  readonly states: readonly Hash[];
}

let last: LastHashed = { entries: [], sorted: [], states: [] };

/** Stands for the entries and all that reaches the tar. Images that share their entries share the work. */
export function entriesHash(entries: readonly Entry[]): string {
  const known = entriesHashes.get(entries);
  if (known !== undefined) return known;
  const replaced = replacedIn(last.entries, entries);
  const sorted =
    replaced === undefined
      ? entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
      : withReplaced(last.sorted, replaced);
  const from = replaced === undefined ? 0 : sorted.findIndex((entry, index) => entry !== last.sorted[index]);
  const states = last.states.slice(0, Math.floor(Math.max(from, 0) / hashedAtOnce) + 1);
  const digest = states.pop()?.copy() ?? createHash('sha256').update('[');
  for (let at = states.length * hashedAtOnce; at < sorted.length; at += hashedAtOnce) {
    states.push(digest.copy());
    const texts = sorted.slice(at, at + hashedAtOnce).map(entryText);
    digest.update(`${at === 0 ? '' : ','}${texts.join(',')}`);
  }
  const made = digest.update(']').digest('hex');
  entriesHashes.set(entries, made);
  last = { entries, sorted, states };
  return made;
}

const entryTexts = new WeakMap<Entry, string>();

/** An entry that comes again in the next plan has its text already. */
export function entryText(entry: Entry): string {
  const known = entryTexts.get(entry);
  if (known !== undefined) return known;
  const text = JSON.stringify(entryPart(entry));
  entryTexts.set(entry, text);
  return text;
}

const entryFingerprints = new WeakMap<Entry, string>();

/** A short form of {@link appKey}'s part for one entry, to tell which entries changed. */
export function entryFingerprint(entry: Entry): string {
  const known = entryFingerprints.get(entry);
  if (known !== undefined) return known;
  const made = shortHash(entryText(entry));
  entryFingerprints.set(entry, made);
  return made;
}

/** For telling what changed; decides nothing. */
export function fingerprintOf(part: unknown): string {
  return shortHash(JSON.stringify(part));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function keyOf(kind: string, { compression, mtimeSeconds }: Bytes, parts: unknown): LayerKey {
  const all = [
    // The way from inputs to a layer, and the form of this key.
    planFormat,
    // The way from entries to bytes, the compressor's own among them.
    layerFormat,
    // Equal parts of different kinds are different layers.
    kind,
    // Decide the digest, though not what is in the layer.
    compression.type,
    compression.level ?? null,
    // Stands in the header of every entry that has no time of its own.
    mtimeSeconds,
    parts,
  ];
  return parseLayerKey(`sha256:${createHash('sha256').update(JSON.stringify(all)).digest('hex')}`);
}

function installPart(target: InstallTarget): readonly unknown[] {
  const { prefix, pythonVersion, layout, implementation, freeThreaded, interpreter } = target;
  return [
    // The way from a wheel's files to those of an image.
    installFormat,
    // All stands below it, and launchers name it.
    prefix,
    // X.Y stands in the path of site-packages.
    pythonVersion,
    // A flat one has no site-packages and other launchers.
    layout,
    // Stand in that path too: `pypy3.11`, `python3.13t`.
    implementation ?? 'cpython',
    freeThreaded ?? false,
    // Launchers of a flat layout name it; those of a venv name the venv's own, and have none here.
    interpreter ?? null,
  ];
}

function wheelPart({ wheel }: PlannedPackage): readonly unknown[] {
  return [
    // All its bytes, and so all that comes of them.
    wheel.sha256,
    // Says name and version, against which the .dist-info folder is checked.
    wheel.filename,
  ];
}

function entryPart(entry: Entry): readonly unknown[] {
  // What the tar's header says; a time only where the entry has one of its own.
  const common = [entry.path, entry.type, entry.mode, entry.uid, entry.gid, entry.mtimeSeconds ?? null];
  switch (entry.type) {
    case 'file':
      // What follows the header. Where it is read from does not matter.
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
