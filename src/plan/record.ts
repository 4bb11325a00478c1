import type { Digest, LayerKey } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import { entryFingerprint, planFormat } from './key.ts';
import type { PlatformInputs } from './inputs.ts';

/** What the last build of one target for one platform was made from. Only for reasons: it decides nothing. */
export interface BuildRecord {
  readonly format: string;
  readonly base: Digest;
  /** Name → version, wheel's sha256. */
  readonly packages: Readonly<Record<string, readonly [version: string, sha256: string]>>;
  /** Path as the user knows it → fingerprint. */
  readonly files: Readonly<Record<string, string>>;
  /** Settings that reach layers, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** Layers by key, as far as they are made. */
  readonly layers: Readonly<Record<LayerKey, Digest>>;
}

export function recordOf(inputs: PlatformInputs): BuildRecord {
  const { base, python, app, compression, mtimeSeconds } = inputs;
  return {
    format: planFormat,
    base: base.digest,
    packages: Object.fromEntries(
      (python?.packages ?? []).map(({ name, version, wheel }) => [name, [version, wheel.sha256]]),
    ),
    files: Object.fromEntries(
      app.entries.map((entry) => [shownPath(entry.path, app.workdir), entryFingerprint(entry)]),
    ),
    settings: {
      compression: JSON.stringify(compression),
      SOURCE_DATE_EPOCH: String(mtimeSeconds),
      ...(python === undefined
        ? {}
        : {
            prefix: python.install.prefix,
            layout: python.install.layout,
            python: `${python.interpreter.version} (${python.interpreter.path})`,
          }),
    },
    layers: {},
  };
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

function shownPath(path: string, workdir: string): string {
  const inside = `${workdir.replace(/^\//, '')}/`;
  return path.startsWith(inside) ? path.slice(inside.length) : `/${path}`;
}
