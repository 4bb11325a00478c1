import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import { isDigest, parseDiffId, parseDigest } from '../oci/digest.ts';
import type { ImageConfig, ImageIndex, ImageManifest } from '../oci/manifest.ts';

/** Manifests, indexes and configs above this are refused, as registries do (4 MiB), with room for long histories. */
export const documentLimitBytes: number = 8 * 1024 * 1024;

const sha256 = z.string().refine(isDigest, 'must be a sha256 digest');
const text = z.string().exactOptional();
const count = z.number().int().nonnegative();
const annotations = z.record(z.string(), z.string());

/** Go writes null for what is absent; here both are absent. */
function nullsDropped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

/** An object whose unknown fields are dropped. */
function object<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess(nullsDropped, z.object(shape));
}

/** A Go set: only the names count. */
const names = z
  .record(z.string(), z.unknown())
  .transform((value): Record<string, Record<string, never>> =>
    Object.fromEntries(Object.keys(value).map((name) => [name, {}])),
  );

const platform = object({ os: z.string(), architecture: z.string(), variant: text });

const descriptor = object({
  mediaType: z.string(),
  digest: sha256.transform(parseDigest),
  size: count,
  platform: platform.exactOptional(),
  annotations: annotations.exactOptional(),
  urls: z.array(z.string()).exactOptional(),
  artifactType: text,
});

const manifest = object({
  schemaVersion: z.literal(2),
  mediaType: text,
  artifactType: text,
  config: descriptor,
  layers: z.array(descriptor).default([]),
  annotations: annotations.exactOptional(),
  subject: descriptor.exactOptional(),
  manifests: z.undefined('must not stand beside layers').exactOptional(),
});

const index = object({
  schemaVersion: z.literal(2),
  mediaType: text,
  manifests: z.array(descriptor).default([]),
  annotations: annotations.exactOptional(),
  config: z.undefined('must not stand beside manifests').exactOptional(),
  layers: z.undefined('must not stand beside manifests').exactOptional(),
});

const healthcheck = object({
  Test: z.array(z.string()).exactOptional(),
  Interval: z.number().exactOptional(),
  Timeout: z.number().exactOptional(),
  StartPeriod: z.number().exactOptional(),
  StartInterval: z.number().exactOptional(),
  Retries: z.number().exactOptional(),
});

const containerConfig = object({
  User: text,
  ExposedPorts: names.exactOptional(),
  Env: z.array(z.string()).exactOptional(),
  Entrypoint: z.array(z.string()).exactOptional(),
  Cmd: z.array(z.string()).exactOptional(),
  Volumes: names.exactOptional(),
  WorkingDir: text,
  Labels: annotations.exactOptional(),
  StopSignal: text,
  Healthcheck: healthcheck.exactOptional(),
  Shell: z.array(z.string()).exactOptional(),
});

const historyEntry = object({
  created: text,
  created_by: text,
  author: text,
  comment: text,
  empty_layer: z.boolean().exactOptional(),
});

const config = object({
  created: text,
  author: text,
  os: z.string().min(1),
  architecture: z.string().min(1),
  variant: text,
  config: containerConfig.exactOptional(),
  rootfs: object({
    type: z.literal('layers'),
    diff_ids: z.array(sha256.transform(parseDiffId)).default([]),
  }),
  history: z.array(historyEntry).exactOptional(),
});

/** @see https://github.com/opencontainers/image-spec/blob/main/manifest.md Throws 'base-invalid', as all here. */
export function parseManifest(bytes: Uint8Array, base: string): ImageManifest {
  return parsed(manifest, bytes, `The manifest of base ${base}`);
}

/** @see https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export function parseIndex(bytes: Uint8Array, base: string): ImageIndex {
  return parsed(index, bytes, `The index of base ${base}`);
}

/** Fields that the spec does not have (Docker's container_config, OnBuild …) are dropped. */
export function parseConfig(bytes: Uint8Array, base: string): ImageConfig {
  return parsed(config, bytes, `The image config of base ${base}`);
}

/** Reads JSON by a schema; `what` begins the message of the 'base-invalid' error. */
export function parsed<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  const result = schema.safeParse(parsedJson(bytes, what));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new PycontainerError('base-invalid', `${what} is not valid: ${where}${issue?.message ?? 'wrong value'}`, {
    hint: 'The image is damaged or of a kind that is not an OCI or Docker image; pull or build it anew.',
    cause: result.error,
  });
}

function parsedJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new PycontainerError('base-invalid', `${what} is not JSON`, {
      hint: 'The image is damaged; pull or build it anew.',
      cause: error,
    });
  }
}
