import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes, type Descriptor } from '../../src/oci/manifest.ts';

export interface TestBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

export interface TestImage {
  readonly config: TestBlob;
  /** Base layer first. */
  readonly layers: readonly TestBlob[];
  readonly manifest: TestBlob;
}

export function blobOf(bytes: Buffer, mediaType: string): TestBlob {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** An image whose layers hold just bytes: right for registries, which do not look inside. */
export function imageOf(layers: readonly Buffer[]): TestImage {
  const layerBlobs = layers.map((bytes) => blobOf(bytes, mediaTypes.layer));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: 'amd64',
        rootfs: { type: 'layers', diff_ids: layerBlobs.map(({ descriptor }) => descriptor.digest) },
      }),
    ),
    mediaTypes.config,
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: config.descriptor,
      layers: layerBlobs.map(({ descriptor }) => descriptor),
    }),
  );
  return { config, layers: layerBlobs, manifest: blobOf(manifest, mediaTypes.manifest) };
}
