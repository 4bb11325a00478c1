import { digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { isForeignLayer, type Descriptor } from '../oci/manifest.ts';
import { PycontainerError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { scopeOf, type RegistryApi } from './api.ts';
import { acceptedManifests } from './manifest.ts';
import { outsideHint, standsOutside } from './outside.ts';
import type { Repository } from './rules.ts';
import type { BlobSource } from './source-bytes.ts';
import { sessionOf, uploadBlob, type Session, type Upload } from './upload.ts';

export interface PushBlobOptions {
  /** Repositories of the same host that may have the blob, the likeliest first. */
  readonly mountFrom?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** How a blob came to stand in a repository; `outside`: it does not, since readers are to take it from elsewhere. */
export type PushedBlob = 'present' | 'mounted' | 'sent' | 'outside';

const maxMounts = 3;

/**
 * Brings a blob into a repository, by the way that moves the fewest bytes. Idempotent. A layer that its licence keeps
 * out of other people's registries is not sent: its descriptor says where it stands.
 */
export async function pushBlob(
  api: RegistryApi,
  repository: Repository,
  descriptor: Descriptor,
  source: BlobSource,
  { mountFrom = [], signal }: PushBlobOptions,
): Promise<PushedBlob> {
  if (isForeignLayer(descriptor.mediaType) && standsOutside(descriptor)) return 'outside';
  const scopes = [scopeOf(repository.repository, true)];
  const isThere = async (): Promise<boolean> => hasObject(api, repository, `/blobs/${descriptor.digest}`, scopes);
  if (await isThere()) return 'present';
  const upload: Upload = { api, repository, scopes, descriptor, source, isThere, signal };
  const others = mountFrom.filter((from) => from !== repository.repository).slice(0, maxMounts);
  const session = await mount(upload, others);
  if (session === 'mounted') return 'mounted';
  await uploadBlob(upload, session);
  return 'sent';
}

/** Whether a blob or a manifest is there; a refusal to say so is an error. */
export async function hasObject(
  api: RegistryApi,
  repository: Repository,
  at: string,
  scopes: readonly string[],
): Promise<boolean> {
  const response = await api.send(repository, { at, method: 'HEAD', headers: { accept: acceptedManifests }, scopes });
  await response.drain();
  if (response.status === 200) return true;
  if (response.status === 404) return false;
  const writes = scopes.some((scope) => scope.endsWith('push'));
  const doing = `${writes ? 'write to' : 'read'} ${repository.repository}`;
  throw (await api.failure(repository, { doing, writes }, response)).error;
}

/**
 * Puts a manifest or an index under a tag or its own digest. What it names must be there before; put it by digest
 * first and the tag last, so that a tag never points to something incomplete. Idempotent.
 * @throws PycontainerError 'digest-mismatch' when the registry took it for something else
 */
export async function pushManifest(
  api: RegistryApi,
  repository: Repository,
  tagOrDigest: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<void> {
  const response = await api.send(repository, {
    at: `/manifests/${tagOrDigest}`,
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: bytes,
    scopes: [scopeOf(repository.repository, true)],
    retry: true,
  });
  if (response.status !== 201 && response.status !== 200) {
    const doing = `write ${repository.repository}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
    const { error } = await api.failure(repository, { doing, writes: true }, response);
    throw error.code === 'registry-answer' ? withOutsideHint(error, bytes) : error;
  }
  await response.drain();
  refuseOtherDigest(repository, response, digestOf(bytes));
}

function withOutsideHint(error: PycontainerError, manifest: Uint8Array): PycontainerError {
  const hint = outsideHint(manifest);
  return hint === undefined ? error : new PycontainerError(error.code, error.message, { hint, cause: error });
}

function refuseOtherDigest({ host, repository }: Repository, response: HttpResponse, digest: Digest): void {
  const taken = response.headers['docker-content-digest'];
  if (taken === undefined || !isDigest(taken) || taken === digest) return;
  throw new PycontainerError(
    'digest-mismatch',
    `${host} took the manifest of ${repository} for ${taken}, not ${digest}`,
    {
      hint: 'A proxy may have changed it on its way.',
    },
  );
}

/** Tries to mount; where the registry opens an upload in its place, gives that. */
async function mount(upload: Upload, others: readonly string[]): Promise<Session | 'mounted' | undefined> {
  let opened: Session | undefined;
  for (const from of others) {
    if (opened !== undefined) await cancel(upload, opened);
    const response = await askToMount(upload, from);
    opened = response?.status === 202 ? await sessionOf(upload, response) : undefined;
    if (response?.status !== 202) await response?.drain();
    if (response?.status === 201) return 'mounted';
  }
  return opened;
}

/** Undefined when no token is to be had for the other repository: then the blob is sent. */
async function askToMount(
  { api, repository, scopes, descriptor, signal }: Upload,
  from: string,
): Promise<HttpResponse | undefined> {
  const at = `/blobs/uploads/?mount=${encodeURIComponent(descriptor.digest)}&from=${encodeURIComponent(from)}`;
  const headers = { 'content-length': '0' };
  try {
    return await api.send(repository, {
      at,
      method: 'POST',
      headers,
      scopes: [...scopes, scopeOf(from)],
      signal,
      retry: true,
    });
  } catch (error) {
    if (error instanceof PycontainerError && error.code === 'registry-unauthorized') return undefined;
    throw error;
  }
}

async function cancel({ api, repository, scopes, signal }: Upload, session: Session): Promise<void> {
  const response = await api
    .send(repository, { at: session.url, method: 'DELETE', scopes, signal })
    .catch(() => undefined);
  await response?.drain();
}
