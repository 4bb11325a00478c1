import { formatPlatform } from '../oci/platform.ts';
import type { BuildResult, BuiltTarget } from '../build/build.ts';

/** The version of the format of `--metadata-file`. */
export const metadataFormatVersion = 1;

/** What a build came to, as programs read it. */
export function metadataObject({ targets, built, fresh }: BuildResult): object {
  return { version: metadataFormatVersion, built, fresh, targets: targets.map(targetObject) };
}

function targetObject({ plan, image, deliveries, layers }: BuiltTarget): object {
  const ours = new Map([...layers].map(([key, { digest }]) => [digest, key]));
  return {
    name: plan.target.name,
    tags: plan.target.tags,
    digest: image.root.descriptor.digest,
    mediaType: image.root.descriptor.mediaType,
    images: image.images.map(({ platform, manifest, config, layers: all }) => ({
      platform: formatPlatform(platform),
      digest: manifest.descriptor.digest,
      config: config.descriptor.digest,
      layers: all.map(({ descriptor, diffId, title }) => ({
        digest: descriptor.digest,
        diffId,
        sizeBytes: descriptor.size,
        title,
        key: ours.get(descriptor.digest),
      })),
    })),
    outputs: [...deliveries].map(([name, delivery]) => ({ name, ...delivery })),
  };
}
