import { isDeepStrictEqual } from 'node:util';
import { type Annotations, mediaTypes, refNameAnnotation } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import type { TargetImage } from '../image/image.ts';

/**
 * `index.json` of a layout, in which other tools may keep images too: what is not ours is kept as it was read.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md#indexjson-file
 */
export interface LayoutIndex {
  readonly manifests: readonly LayoutEntry[];
  readonly [key: string]: unknown;
}

/** A descriptor; its digest may be of an algorithm that we do not speak. */
export interface LayoutEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Annotations;
  readonly [key: string]: unknown;
}

export const emptyIndex: LayoutIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

/** Tools that know containerd's annotation find the whole name beside the tag. */
const fullNameAnnotation = 'io.containerd.image.name';

/** undefined for text that is no index. */
export function parseIndex(text: string): LayoutIndex | undefined {
  const parsed = asRecord(text);
  return parsed !== undefined && Array.isArray(parsed['manifests']) && parsed['manifests'].every(isEntry)
    ? { ...parsed, manifests: parsed['manifests'] }
    : undefined;
}

/** What a document of a layout refers to: an index's manifests, or a manifest's config and layers. */
export function referencesIn(text: string): readonly LayoutEntry[] {
  const { manifests, config, layers } = asRecord(text) ?? {};
  return [manifests, [config], layers].flatMap((list) => (Array.isArray(list) ? list.filter(isEntry) : []));
}

/** The entries that an image has in a layout's index: one a tag; without names, `latest`. */
export function entriesOf({ root, images }: TargetImage, names: readonly Reference[]): readonly LayoutEntry[] {
  const [only] = images;
  const platform = images.length === 1 && only !== undefined ? { platform: only.platform } : {};
  const tags = new Map(
    names.map(({ host, repository, tag = 'latest' }) => [
      tag,
      { [fullNameAnnotation]: `${host}/${repository}:${tag}` },
    ]),
  );
  const annotated = tags.size === 0 ? new Map([['latest', {}]]) : tags;
  return [...annotated].map(([tag, full]) => ({
    ...root.descriptor,
    annotations: { ...full, [refNameAnnotation]: tag },
    ...platform,
  }));
}

/** Whether each entry stands in the index, and is the only one of its name. */
export function hasEntries({ manifests }: LayoutIndex, entries: readonly LayoutEntry[]): boolean {
  return entries.every((entry) =>
    isDeepStrictEqual(
      manifests.filter((other) => nameOf(other) === nameOf(entry)),
      [entry],
    ),
  );
}

/** The index with these entries in the place of all that had their names. */
export function withEntries(index: LayoutIndex, entries: readonly LayoutEntry[]): LayoutIndex {
  const names = new Set(entries.map(nameOf));
  return { ...index, manifests: [...index.manifests.filter((entry) => !names.has(nameOf(entry))), ...entries] };
}

function nameOf({ annotations }: LayoutEntry): string | undefined {
  return annotations?.[refNameAnnotation];
}

function isEntry(value: unknown): value is LayoutEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { mediaType, digest, annotations = {} } = value as Partial<Record<string, unknown>>;
  return (
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    typeof annotations === 'object' &&
    annotations !== null
  );
}

function asRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
