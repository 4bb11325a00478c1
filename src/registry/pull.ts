import type { Readable } from 'node:stream';
import { isDigest, parseDigest, type Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { scopeOf, type RegistryApi } from './api.ts';
import { isBreak, maxTries, pauseMs } from './again.ts';
import { partIn, rangeFrom } from './blob-part.ts';
import { blobStream, type BlobPart } from './blob-stream.ts';
import { acceptedManifests, checkManifest, maxManifestBytes, type ManifestBytes } from './manifest.ts';
import { nearTags } from './near-tags.ts';
import { blobFromOutside, standsOutside } from './outside.ts';
import { readingPlaces, type Repository } from './rules.ts';

/** Reads a manifest or an index by tag or digest, from the first place that has it. */
export async function pullManifest(
  api: RegistryApi,
  repository: Repository,
  tagOrDigest: string,
): Promise<ManifestBytes> {
  return fromFirst(api, repository, isDigest(tagOrDigest) ? 'digest' : 'tag', async (place) =>
    manifestAt(api, place, tagOrDigest),
  );
}

/** The digest that a tag stands for now, without fetching what it names; undefined when the registry does not say. */
export async function pullDigest(api: RegistryApi, repository: Repository, tag: string): Promise<Digest | undefined> {
  return fromFirst(api, repository, 'tag', async (place) => {
    const response = await askForManifest(api, place, tag, 'HEAD');
    await response.drain();
    const digest = response.headers['docker-content-digest'] ?? '';
    return response.status === 200 && isDigest(digest) ? parseDigest(digest) : undefined;
  });
}

/**
 * Streams a blob from the first place that has it, verified; see {@link blobStream}. What no registry has is taken from
 * the addresses in its descriptor.
 */
export async function pullBlob(api: RegistryApi, repository: Repository, descriptor: Descriptor): Promise<Readable> {
  try {
    return await blobFromRegistry(api, repository, descriptor);
  } catch (error) {
    const missing = error instanceof PycontainerError && error.code === 'registry-not-found';
    if (!missing || !standsOutside(descriptor)) throw error;
    return blobFromOutside(api, descriptor);
  }
}

async function blobFromRegistry(api: RegistryApi, repository: Repository, descriptor: Descriptor): Promise<Readable> {
  return fromFirst(api, repository, 'digest', async (place) =>
    blobStream({
      descriptor,
      host: place.host,
      sleep: api.sleep,
      open: async (offset, signal) => blobPart(api, place, descriptor, offset, signal),
    }),
  );
}

async function fromFirst<T>(
  api: RegistryApi,
  repository: Repository,
  by: 'digest' | 'tag',
  read: (place: Repository) => Promise<T>,
): Promise<T> {
  const places = readingPlaces(api.rules, repository, by);
  for (const [index, place] of places.entries()) {
    try {
      return await read(place);
    } catch (error) {
      const interrupted = error instanceof PycontainerError && error.code === 'interrupted';
      if (index === places.length - 1 || interrupted) throw error;
    }
  }
  throw new PycontainerError('registry-denied', `${repository.host}/${repository.repository} is blocked`, {
    hint: "Podman's registries.conf says `blocked = true` for it.",
  });
}

async function manifestAt(api: RegistryApi, place: Repository, tagOrDigest: string): Promise<ManifestBytes> {
  for (let tries = 1; ; tries += 1) {
    const response = await askForManifest(api, place, tagOrDigest, 'GET');
    if (response.status !== 200) throw await missing(api, place, tagOrDigest, response);
    try {
      return await readManifest(response, place, tagOrDigest);
    } catch (error) {
      if (!isBreak(error) || tries === maxTries) throw error;
      await api.sleep(pauseMs(tries));
    }
  }
}

async function readManifest(response: HttpResponse, place: Repository, tagOrDigest: string): Promise<ManifestBytes> {
  const name = nameOf(place, tagOrDigest);
  if (Number(response.headers['content-length']) > maxManifestBytes) {
    response.body.destroy();
    throw new PycontainerError('registry-answer', `The manifest of ${name} has more than 4 MiB`, {
      hint: 'No image has one that large.',
    });
  }
  return checkManifest({
    bytes: await response.bytes(maxManifestBytes),
    contentType: response.headers['content-type'],
    announced: response.headers['docker-content-digest'],
    pinned: isDigest(tagOrDigest) ? parseDigest(tagOrDigest) : undefined,
    name,
  });
}

async function askForManifest(
  api: RegistryApi,
  place: Repository,
  tagOrDigest: string,
  method: 'GET' | 'HEAD',
): Promise<HttpResponse> {
  const at = `/manifests/${tagOrDigest}`;
  return api.send(place, { at, method, headers: { accept: acceptedManifests }, scopes: [scopeOf(place.repository)] });
}

async function missing(
  api: RegistryApi,
  place: Repository,
  tagOrDigest: string,
  response: HttpResponse,
): Promise<PycontainerError> {
  const name = nameOf(place, tagOrDigest);
  const { error } = await api.failure(place, { doing: `read ${name}` }, response);
  if (error.code !== 'registry-not-found') return error;
  const near = isDigest(tagOrDigest) ? [] : await nearTags(api, place, tagOrDigest);
  return new PycontainerError('registry-not-found', `${place.host} has no ${name}`, {
    hint: near.length === 0 ? error.hint : `It has ${near.join(', ')}.`,
    cause: error,
  });
}

async function blobPart(
  api: RegistryApi,
  place: Repository,
  descriptor: Descriptor,
  offset: number,
  signal: AbortSignal,
): Promise<BlobPart> {
  const at = `/blobs/${descriptor.digest}`;
  const request = { headers: rangeFrom(offset), signal, retry: offset === 0 };
  const response = await api.send(place, { at, scopes: [scopeOf(place.repository)], ...request });
  const part = partIn(response, offset, descriptor);
  if (part !== undefined) return part;
  const doing = `read the blob ${descriptor.digest} of ${place.repository}`;
  throw (await api.failure(place, { doing }, response)).error;
}

function nameOf({ host, repository }: Repository, tagOrDigest: string): string {
  return `${host}/${repository}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
}
