import { digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { isIndexType, isManifestType, mediaTypes } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';

/** A manifest or an index, as it came. */
export interface ManifestBytes {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What registries and clients agree on as the largest manifest. */
export const maxManifestBytes: number = 4 * 1024 * 1024;

/** For the Accept header. */
export const acceptedManifests: string = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
].join(', ');

export interface ReceivedManifest {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  /** The Docker-Content-Digest header. */
  readonly announced: string | undefined;
  /** What was asked for by digest. */
  readonly pinned: Digest | undefined;
  /** For messages: `ghcr.io/acme/api:1.0`. */
  readonly name: string;
}

/**
 * Checks that the bytes are what was asked for and announced, and of a kind that can be built on.
 * @throws PycontainerError 'digest-mismatch', 'registry-unsupported', 'registry-answer'
 */
export function checkManifest(received: ReceivedManifest): ManifestBytes {
  const { bytes, announced, pinned, name } = received;
  const digest = digestOf(bytes);
  const wanted = pinned ?? (announced !== undefined && isDigest(announced) ? announced : digest);
  if (wanted !== digest) {
    throw new PycontainerError('digest-mismatch', `The manifest of ${name} is not what its digest says`, {
      hint: `It should be ${wanted} and is ${digest}. A proxy or a mirror may have changed it.`,
    });
  }
  return { bytes, mediaType: mediaTypeOf(received) };
}

/** What stands in the body counts before the header, since only the body is covered by the digest. */
function mediaTypeOf({ bytes, contentType, name }: ReceivedManifest): string {
  const body = parseBody(bytes, name);
  const header = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (body['schemaVersion'] === 1 || header?.startsWith('application/vnd.docker.distribution.manifest.v1')) {
    throw new PycontainerError('registry-unsupported', `${name} has a manifest of the old kind (Docker schema 1)`, {
      hint: 'It does not name its layers by what they hold, so nothing can be checked. Push the image again with a newer tool.',
    });
  }
  if ('manifests' in body && ('layers' in body || 'config' in body)) {
    throw new PycontainerError('registry-answer', `${name} is both an image and an index of images`, {
      hint: 'Different tools would take different things from it, so it is refused.',
    });
  }
  const mediaType = typeof body['mediaType'] === 'string' ? body['mediaType'] : (header ?? '');
  if (isIndexType(mediaType) && 'manifests' in body) return mediaType;
  if (isManifestType(mediaType) && 'layers' in body) return mediaType;
  if (!isKnown(mediaType) && 'manifests' in body && body['mediaType'] === undefined) return mediaTypes.index;
  if (!isKnown(mediaType) && 'layers' in body && body['mediaType'] === undefined) return mediaTypes.manifest;
  throw new PycontainerError('registry-unsupported', `${name} is no image: its type is '${mediaType.slice(0, 100)}'`, {
    hint: 'Images are OCI or Docker (schema 2) manifests and indexes.',
  });
}

function isKnown(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}

function parseBody(bytes: Buffer, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Falls through to the same answer.
  }
  throw new PycontainerError('registry-answer', `The manifest of ${name} is not a JSON object`, {
    hint: 'Check that this host is a registry, and that no proxy answers in its place.',
  });
}
