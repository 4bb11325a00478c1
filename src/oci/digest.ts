import { createHash } from 'node:crypto';
import { PycontainerError } from '../errors.ts';

declare const brand: unique symbol;

/** sha256 of the bytes that are stored and sent, as `sha256:<64 hex>`. */
export type Digest = string & { readonly [brand]: 'Digest' };
/** sha256 of a layer's uncompressed tar, as `sha256:<64 hex>`. */
export type DiffId = string & { readonly [brand]: 'DiffId' };
/** sha256 of everything that a layer is made from, as `sha256:<64 hex>`. Decides stale or fresh. */
export type LayerKey = string & { readonly [brand]: 'LayerKey' };

const pattern = /^sha256:[0-9a-f]{64}$/;

/** @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */
export function parseDigest(text: string): Digest {
  return checked(text) as Digest;
}

export function parseDiffId(text: string): DiffId {
  return checked(text) as DiffId;
}

export function parseLayerKey(text: string): LayerKey {
  return checked(text) as LayerKey;
}

export function isDigest(text: string): boolean {
  return pattern.test(text);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** The 64 hex digits alone, as they stand in `blobs/sha256/`. */
export function hexOf(digest: Digest | DiffId | LayerKey): string {
  return digest.slice('sha256:'.length);
}

function checked(text: string): string {
  if (pattern.test(text)) return text;
  const algorithm = /^([a-z0-9+._-]+):/.exec(text)?.[1];
  throw new PycontainerError('digest-invalid', `'${text}' is not a digest`, {
    hint:
      algorithm !== undefined && algorithm !== 'sha256'
        ? `Only sha256 digests are supported, not ${algorithm}.`
        : 'A digest is sha256: and 64 lower-case hex digits.',
  });
}
