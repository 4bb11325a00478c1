import type { Base, BaseLayer } from '../base/base.ts';
import type { LayerContents } from '../base/contents.ts';
import type { BaseSources } from '../base/sources.ts';
import { whiteoutPrefix } from '../layer/entry.ts';
import type { DiffId, Digest } from '../oci/digest.ts';
import type { Annotations, ContainerConfig, HistoryEntry, ImageConfig } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { historyMark } from './config.ts';
import { imageContents } from './files.ts';
import { type ImagePackage, packagesIn } from './installed.ts';

/** What an image for one platform consists of. */
export interface ImageReport {
  /** As the user named it. */
  readonly image: string;
  readonly platform: string;
  /** Of the platform's manifest; of the config where the place keeps no manifest. */
  readonly digest: Digest;
  /** All platforms under this name. */
  readonly platforms: readonly string[];
  /** Of the layers as they are stored, and unpacked. */
  readonly sizeBytes: number;
  readonly uncompressedSizeBytes: number;
  readonly created: string | undefined;
  /** The image that it says it stands on. */
  readonly base: { readonly name: string | undefined; readonly digest: string | undefined } | undefined;
  /** Base layer first. */
  readonly layers: readonly LayerReport[];
  /** The largest first. */
  readonly packages: readonly ImagePackage[];
  readonly config: ContainerConfig;
  readonly annotations: Annotations;
}

export interface LayerReport {
  /** `other`: not made by pycontainer. */
  readonly kind: 'package' | 'venv' | 'app' | 'other';
  /** What it was made of, or by, as the image's history says. */
  readonly title: string;
  readonly digest: Digest;
  readonly diffId: DiffId;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly uncompressedSizeBytes: number;
  readonly files: number;
  /** How many files and folders of lower layers it hides. */
  readonly removed: number;
  /** `NAME VERSION` of the Python packages whose metadata is in it, sorted. */
  readonly packages: readonly string[];
}

/** Reads an image through and says what is in it. Errors as of layerContents. */
export async function reportOf(image: Base, sources: BaseSources): Promise<ImageReport> {
  const { text, platform, platforms = [platform], digest, config, annotations = {} } = image;
  const { layers, files } = await imageContents(image, sources);
  const made = madeBy(config);
  const reports = image.layers.flatMap((layer, index) => {
    const contents = layers[index];
    return contents === undefined ? [] : [layerReport(layer, contents, made[index])];
  });
  return {
    image: text,
    platform: formatPlatform(platform),
    digest,
    platforms: [...new Set(platforms.map(formatPlatform))],
    sizeBytes: reports.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    uncompressedSizeBytes: reports.reduce((sum, { uncompressedSizeBytes: bytes }) => sum + bytes, 0),
    created: config.created,
    base: baseOf(annotations),
    layers: reports,
    packages: packagesIn(files),
    config: config.config ?? {},
    annotations,
  };
}

/** The entry of the history that made each layer; none where the history does not count as many. */
export function madeBy({ history = [], rootfs }: ImageConfig): readonly (HistoryEntry | undefined)[] {
  const entries = history.filter((entry) => entry.empty_layer !== true);
  return entries.length === rootfs.diff_ids.length ? entries : rootfs.diff_ids.map(() => undefined);
}

function layerReport(
  { descriptor, diffId }: BaseLayer,
  { entries, uncompressedSizeBytes }: LayerContents,
  entry: HistoryEntry | undefined,
): LayerReport {
  const markers = entries.filter(({ path }) => path.slice(path.lastIndexOf('/') + 1).startsWith(whiteoutPrefix));
  const { kind, title } = describeLayer(entry);
  return {
    kind,
    title,
    digest: descriptor.digest,
    diffId,
    mediaType: descriptor.mediaType,
    sizeBytes: descriptor.size,
    uncompressedSizeBytes,
    files: entries.filter(({ type }) => type !== 'directory').length - markers.length,
    removed: markers.length,
    packages: packageNames(entries),
  };
}

/** What an entry of the history says of its layer: ours say what is in it. */
export function describeLayer(entry: HistoryEntry | undefined): Pick<LayerReport, 'kind' | 'title'> {
  const title = entry?.created_by ?? entry?.comment ?? '';
  if (entry?.comment !== historyMark || !title.startsWith(`${historyMark}: `)) return { kind: 'other', title };
  const own = title.slice(historyMark.length + 2);
  return { kind: own === 'app' || own === 'venv' ? own : 'package', title: own };
}

function packageNames(entries: LayerContents['entries']): readonly string[] {
  const names = entries.flatMap(({ path }) => {
    const [, name, version] = /(?:^|\/)([^/]+)-([^-/]+)\.dist-info\/METADATA$/.exec(path) ?? [];
    return name === undefined || version === undefined ? [] : [`${name} ${version}`];
  });
  return [...new Set(names)].sort();
}

function baseOf(annotations: Annotations): ImageReport['base'] {
  const [name, digest] = ['name', 'digest'].map((what) => annotations[`org.opencontainers.image.base.${what}`]);
  return name === undefined && digest === undefined ? undefined : { name, digest };
}
