import type { Reason } from '../events.ts';
import type { DiffId, Digest, LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Image } from '../image/image.ts';
import type { LayerNode, Plan } from '../plan/plan.ts';
import type { BuildResult } from '../build/build.ts';
import type { BuiltTarget } from '../build/deliver.ts';
import type { Moved } from '../build/moved.ts';

/** The version of the format of `--metadata-file`. `schemas/metadata.schema.json` describes it. */
export const metadataFormatVersion = 1;

/** What a build came to, as programs read it. */
export interface MetadataJson {
  readonly version: typeof metadataFormatVersion;
  /** Layers that were made, and those that were there. */
  readonly built: number;
  readonly fresh: number;
  readonly targets: readonly BuiltTargetJson[];
}

interface BuiltTargetJson {
  readonly name: string;
  readonly tags: readonly string[];
  /** Of what a tag points to: the manifest of the only platform, or an index. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly images: readonly ImageJson[];
  readonly outputs: readonly ({ readonly name: string } & Moved)[];
}

interface ImageJson {
  readonly platform: string;
  readonly digest: Digest;
  readonly config: Digest;
  /** Of all that is pulled for it: manifest, config and layers. */
  readonly sizeBytes: number;
  /** Base layer first. */
  readonly layers: readonly ImageLayerJson[];
}

interface ImageLayerJson {
  readonly digest: Digest;
  readonly diffId: DiffId;
  readonly sizeBytes: number;
  readonly title: string;
  /** Absent for layers of the base. */
  readonly key: LayerKey | undefined;
  /** Why it was made; empty when it was there. Absent for layers of the base. */
  readonly reasons: readonly Reason[] | undefined;
}

export function metadataJson({ targets, built, fresh }: BuildResult, plan: Plan): MetadataJson {
  const nodes = new Map(plan.layers.map((node) => [node.key, node]));
  return { version: metadataFormatVersion, built, fresh, targets: targets.map((target) => targetJson(target, nodes)) };
}

function targetJson(
  { plan, image, deliveries, layers }: BuiltTarget,
  nodes: ReadonlyMap<LayerKey, LayerNode>,
): BuiltTargetJson {
  const ours = new Map([...layers].map(([key, { digest }]) => [digest, nodes.get(key)]));
  return {
    name: plan.target.name,
    tags: plan.target.tags,
    digest: image.root.descriptor.digest,
    mediaType: image.root.descriptor.mediaType,
    images: image.images.map((one) => imageJson(one, ours)),
    outputs: [...deliveries].map(([name, delivery]) => ({ name, ...delivery })),
  };
}

function imageJson(
  { platform, manifest, config, layers }: Image,
  ours: ReadonlyMap<Digest, LayerNode | undefined>,
): ImageJson {
  return {
    platform: formatPlatform(platform),
    digest: manifest.descriptor.digest,
    config: config.descriptor.digest,
    sizeBytes: [manifest, config, ...layers].reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    layers: layers.map(({ descriptor: { digest, size }, diffId, title }) => {
      const node = ours.get(digest);
      return { digest, diffId, sizeBytes: size, title, key: node?.key, reasons: node?.reasons };
    }),
  };
}
