import { createHash } from 'node:crypto';
import { type Digest, isDigest, parseDigest } from '../oci/digest.ts';

/** What stands in `results/<kind>/<sha256 of key>.json`. */
export interface StoredResult {
  readonly kind: string;
  readonly key: string;
  /** Blobs that the value speaks of; the result counts only while all are there. */
  readonly blobs: readonly Digest[];
  readonly value: unknown;
}

const head = '{"sha256":"';
const middle = '","result":';
const end = '}\n';
const bodyAt = head.length + 64 + middle.length;

/** A JSON document that carries the checksum of its own body, so that a torn one is seen. */
export function encodeResult(result: StoredResult): string {
  const { kind, key, blobs, value } = result;
  const body = JSON.stringify({ kind, key, blobs, value });
  return `${head}${checksum(body)}${middle}${body}${end}`;
}

/** undefined for text that is torn, foreign, or not what {@link encodeResult} wrote. */
export function decodeResult(text: string): StoredResult | undefined {
  if (!text.startsWith(head) || !text.endsWith(end)) return undefined;
  const body = text.slice(bodyAt, -end.length);
  if (text.slice(head.length, bodyAt) !== checksum(body) + middle) return undefined;
  return asResult(JSON.parse(body));
}

function asResult(parsed: unknown): StoredResult | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { kind, key, blobs, value } = parsed as Partial<Record<keyof StoredResult, unknown>>;
  if (typeof kind !== 'string' || typeof key !== 'string' || !Array.isArray(blobs)) return undefined;
  if (!blobs.every((blob): blob is string => typeof blob === 'string' && isDigest(blob))) return undefined;
  return { kind, key, blobs: blobs.map(parseDigest), value };
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
