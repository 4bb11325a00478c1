import type { LayerKey } from '../oci/digest.ts';
import type { PlatformInputs } from './inputs.ts';

/** How large the parts of an image are, in bytes as registries store and send them: compressed. */
export interface PartSizes {
  readonly base: number;
  /** Layers of packages, and the venv layer; those of a base target too. */
  readonly packages: number;
  readonly app: number;
}

export interface ImageSize extends PartSizes {
  /** Layers that are not made count as their wheels do, and the app's not at all: how far it compresses is not known. */
  readonly isEstimate: boolean;
}

/** An image's size beside the limits of its target. */
export interface JudgedSize extends ImageSize {
  readonly totalBytes: number;
  /** Of the last build; absent when there was none here. */
  readonly beforeBytes?: number;
  readonly excesses: readonly Excess[];
}

/** A limit that is not kept. */
export interface Excess {
  readonly limit: 'size' | 'growth';
  readonly limitBytes: number;
  /** What it comes from, in words. */
  readonly because: string;
}

/** What is known of one layer's size. */
export interface LayerSize {
  readonly kind: 'package' | 'venv' | 'app';
  readonly sizeBytes: number;
  /** Else it is an estimate. */
  readonly isMade: boolean;
}

export function imageSize(
  { base }: Pick<PlatformInputs, 'base'>,
  layers: readonly LayerKey[],
  sizeOf: (key: LayerKey) => LayerSize | undefined,
): ImageSize {
  const own = layers.flatMap((key) => sizeOf(key) ?? []);
  return {
    base: base.layers.reduce((total, { descriptor }) => total + descriptor.size, 0),
    packages: sum(own.filter(({ kind }) => kind !== 'app')),
    app: sum(own.filter(({ kind, isMade }) => kind === 'app' && isMade)),
    isEstimate: own.some(({ isMade }) => !isMade),
  };
}

export function totalBytes({ base, packages, app }: PartSizes): number {
  return base + packages + app;
}

function sum(layers: readonly LayerSize[]): number {
  return layers.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

/** The sizes of an image whose layers are made. */
export function madeSize(
  { inputs, layers }: { readonly inputs: Pick<PlatformInputs, 'base'>; readonly layers: readonly LayerKey[] },
  kinds: ReadonlyMap<LayerKey, LayerSize['kind']>,
  made: ReadonlyMap<LayerKey, { readonly sizeBytes: number }>,
): ImageSize {
  return imageSize(inputs, layers, (key) => {
    const [kind, layer] = [kinds.get(key), made.get(key)];
    return kind === undefined || layer === undefined ? undefined : { kind, sizeBytes: layer.sizeBytes, isMade: true };
  });
}
