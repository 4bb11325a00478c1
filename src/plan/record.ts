import type { Digest, LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Entry } from '../layer/entry.ts';
import { layerFormat } from '../layer/make.ts';
import { installFormat } from '../python/install/target.ts';
import type { Store } from '../store/store.ts';
import { entryFingerprint, fingerprintOf, planFormat } from './key.ts';
import { recordedConfig } from './recorded-config.ts';
import type { PartSizes } from './size.ts';
import type { AppInputs, PlatformInputs, PythonInputs } from './inputs.ts';

/** What the last build of one target for one platform was made from. Only for reasons: it decides nothing. */
export interface BuildRecord {
  readonly format: string;
  readonly base: Digest;
  /** Name → version, wheel's sha256, wheel's size. */
  readonly packages: Readonly<Record<string, readonly [version: string, sha256: string, sizeBytes: number]>>;
  /** Names of the packages of each package layer. */
  readonly groups: readonly (readonly string[])[];
  readonly files: readonly RecordedFile[];
  readonly settings: RecordedSettings;
  /** What the target says of the image's config, by its key in the manifest; values of variables as fingerprints. */
  readonly config: Readonly<Record<string, string>>;
  /** Present once it is built. */
  readonly sizes?: PartSizes;
  /** Layers by key, as far as they are made. */
  readonly layers: Readonly<Record<LayerKey, Digest>>;
}

/** A file by its path, as the user knows it. */
export type RecordedFile = readonly [path: string, fingerprint: string];

/** Settings and facts that reach layers, as text for people. */
export type RecordedSettings = Readonly<Partial<Record<RecordedSetting, string>>>;
export type RecordedSetting =
  | 'compression'
  | 'SOURCE_DATE_EPOCH'
  | 'prefix'
  | 'layout'
  | 'python'
  | 'python-abi'
  | 'interpreter'
  | 'libc'
  | 'os'
  | 'system-site-packages';

/** Everything that may make old layers unusable though nothing of the project changed. */
export const recordFormat: string = `${planFormat}/${layerFormat}/${installFormat}/2`;

/**
 * @param groups names of the packages of each package layer
 * @param images layers of all images, by `target platform`
 * @param known of a build whose app layer had the same key: what it says of files is taken over where it is the same
 */
export function recordOf(
  inputs: PlatformInputs,
  groups: readonly (readonly string[])[],
  images: ReadonlyMap<string, readonly LayerKey[]>,
  known?: BuildRecord,
): BuildRecord {
  const { base, python, app } = inputs;
  const config = recordedConfig(inputs);
  return {
    format: recordFormat,
    base: base.digest,
    packages: Object.fromEntries(
      (python?.packages ?? []).map(({ name, version, wheel }) => [name, [version, wheel.sha256, wheel.sizeBytes]]),
    ),
    groups,
    files:
      known !== undefined && saysSameOfFiles(known, config, inputs)
        ? known.files
        : [...filesOf(app), ...copiesOf(inputs, images)],
    settings: settingsOf(inputs),
    config,
    layers: {},
  };
}

function settingsOf({ compression, mtimeSeconds, python, facts }: PlatformInputs): RecordedSettings {
  const { type, level } = compression;
  return {
    compression: level === undefined ? type : `${type} ${level}`,
    SOURCE_DATE_EPOCH: String(mtimeSeconds),
    ...(python === undefined ? {} : pythonSettings(python)),
    ...(facts.libc === undefined ? {} : { libc: `${facts.libc.kind} ${facts.libc.version}` }),
    ...(facts.os === undefined ? {} : { os: `${facts.os.id} ${facts.os.versionId ?? ''}`.trimEnd() }),
  };
}

function pythonSettings({ install, interpreter, basePackages }: PythonInputs): RecordedSettings {
  const { prefix, layout, implementation = 'cpython', freeThreaded = false, pythonVersion } = install;
  return {
    prefix,
    layout,
    python: interpreter.version,
    'python-abi': `${implementation} ${pythonVersion.join('.')}${freeThreaded ? 't' : ''}`,
    interpreter: interpreter.path,
    'system-site-packages': String(basePackages !== undefined),
  };
}

/** The key stands for all entries, though not for what people call them: that hangs on the workdir, and on targets' names. */
function saysSameOfFiles(
  known: BuildRecord,
  { workdir }: BuildRecord['config'],
  { copies = [] }: PlatformInputs,
): boolean {
  return known.format === recordFormat && known.config['workdir'] === workdir && copies.length === 0;
}

/** What is copied out of other targets' images, as a path of theirs. */
function copiesOf(
  { copies = [], platform }: PlatformInputs,
  images: ReadonlyMap<string, readonly LayerKey[]>,
): BuildRecord['files'] {
  return copies.map(({ rule, from: { target, image } }) => {
    const layers = images.get(`${target.name} ${formatPlatform(platform)}`) ?? [];
    return [`target:${target.name}:${rule.src}`, fingerprintOf([image.base.digest, layers])];
  });
}

function filesOf({ entries, workdir }: AppInputs): BuildRecord['files'] {
  const place = `${workdir.replace(/^\//, '')}/`;
  return entries.map((entry) => fileOf(entry, place));
}

interface Recorded {
  readonly place: string;
  readonly file: RecordedFile;
}

const recorded = new WeakMap<Entry, Recorded>();

/** An entry that comes again is the same one in the next record. */
function fileOf(entry: Entry, place: string): RecordedFile {
  const known = recorded.get(entry);
  if (known?.place === place) return known.file;
  const { path } = entry;
  const shown = path.startsWith(place) ? path.slice(place.length) : `/${path}`;
  const file: RecordedFile = [shown, entryFingerprint(entry)];
  recorded.set(entry, { place, file });
  return file;
}

/** Keeps what a target was built from. */
export async function putRecord(store: Store, place: RecordPlace, record: BuildRecord): Promise<void> {
  await store.putResult('record', placeKey(place), record);
}

export async function getRecord(store: Store, place: RecordPlace): Promise<BuildRecord | undefined> {
  return store.getResult<BuildRecord>('record', placeKey(place));
}

export interface RecordPlace {
  /** The manifest's folder. */
  readonly root: string;
  readonly target: string;
  readonly platform: string;
}

function placeKey({ root, target, platform }: RecordPlace): string {
  return JSON.stringify([root, target, platform]);
}
