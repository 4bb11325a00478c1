import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import { hexOf, type LayerKey, parseDiffId, parseDigest } from '../oci/digest.ts';
import { type Descriptor, layerCompression, mediaTypes } from '../oci/manifest.ts';
import type { KeptLayer } from './kept-layer.ts';
import { asWarning, digest, jsonOf, size, told, withoutPlace } from './parts.ts';

/** What a layer is in a registry's list of artifacts. The number changes when older versions could misread it. */
export const artifactType = 'application/vnd.pycontainer.layer.v1';
/** The type of the config blob: see facts.ts. */
export const factsType = 'application/vnd.pycontainer.facts.v1+json';
/** The annotation that says what the layer is, as JSON. */
const annotation = 'dev.pycontainer.layer';

/** A layer in a registry, as its manifest tells it. */
export interface Artifact {
  readonly layer: KeptLayer;
  /** Facts of its packages. */
  readonly facts: Descriptor;
}

/** The tag that a layer has in every repository. */
export function tagOf(key: LayerKey): string {
  return `layer-${hexOf(key)}`;
}

/**
 * The manifest of a layer: the layer's blob, and beside it what is kept with it, so that one answer tells all. Places in
 * files are left out: they are those of one project, and the layer is for all. Pure.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
 */
export function artifactManifest(key: LayerKey, { layer, facts }: Artifact): Buffer {
  const { digest, sizeBytes, mediaType, diffId, uncompressedSizeBytes, warnings = [], open = [] } = layer;
  const said = { key, diffId, uncompressedSizeBytes, warnings: warnings.map(withoutPlace), open };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType,
      config: facts,
      layers: [{ mediaType, digest, size: sizeBytes }],
      annotations: { [annotation]: JSON.stringify(said) },
    }),
  );
}

/**
 * Reads the manifest that a repository has under a key's tag. Errors: 'registry-answer' for what is no layer of ours, and
 * for one that is there under another key.
 */
export function readArtifact(key: LayerKey, bytes: Uint8Array): Artifact {
  const manifest = manifestSchema.safeParse(jsonOf(bytes));
  const said = manifest.success ? layerSchema.safeParse(jsonOf(manifest.data.annotations[annotation])) : undefined;
  if (!manifest.success || said?.success !== true) throw refused('is no layer of pycontainer');
  if (said.data.key !== key) throw refused(`is the layer of another key, ${said.data.key}`);
  const [blob] = manifest.data.layers;
  const { diffId, uncompressedSizeBytes, warnings, open } = said.data;
  return {
    layer: {
      digest: parseDigest(blob.digest),
      diffId,
      sizeBytes: blob.size,
      uncompressedSizeBytes,
      mediaType: blob.mediaType,
      ...(warnings.length === 0 ? {} : { warnings: warnings.map(asWarning) }),
      ...(open.length === 0 ? {} : { open }),
    },
    facts: { ...manifest.data.config, digest: parseDigest(manifest.data.config.digest) },
  };
}

const manifestSchema = z.object({
  artifactType: z.literal(artifactType),
  config: z.object({ mediaType: z.literal(factsType), digest, size }),
  layers: z.tuple([
    z.object({ mediaType: z.string().refine((type) => layerCompression(type) !== undefined), digest, size }),
  ]),
  annotations: z.record(z.string(), z.string()),
});

const layerSchema = z.object({
  key: z.string(),
  diffId: digest.transform(parseDiffId),
  uncompressedSizeBytes: size,
  warnings: z.array(told),
  open: z.array(z.object({ requirer: z.string(), requirement: z.string(), found: z.string().exactOptional() })),
});

function refused(what: string): PycontainerError {
  return new PycontainerError('registry-answer', `What stands there ${what}`, {
    hint: 'Remove it from the registry. Only those who may write there can have put it there.',
  });
}
