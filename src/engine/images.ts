import type { Readable } from 'node:stream';
import * as z from 'zod';
import { PycontainerError } from '../errors.ts';
import { formatPlatform, normalizePlatform, type Platform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Engine } from './engine.ts';
import { finished } from './progress.ts';

/** An image as an engine holds it. */
export interface EngineImage {
  /** `sha256:` and hex: of its config, or of its manifest or index where the engine keeps those. */
  readonly id: string;
  /** `name:tag`, as the engine spells them. */
  readonly names: readonly string[];
  /** DiffIds, base layer first. */
  readonly layers: readonly string[];
  readonly platform: Platform;
  /** Of its layers, uncompressed; about. */
  readonly sizeBytes: number;
}

const inspected = z.object({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  RootFS: z.object({ Layers: z.array(z.string()).nullish() }).nullish(),
  Os: z.string().default('linux'),
  Architecture: z.string().default(''),
  Variant: z.string().optional(),
  Size: z.number().nonnegative().default(0),
});

const listed = z.array(z.object({ Id: z.string(), RepoTags: z.array(z.string()).nullish() }));

/** The image of this name or id; undefined when the engine has none. */
export async function findImage(engine: Engine, name: string, signal?: AbortSignal): Promise<EngineImage | undefined> {
  const response = await engine.request('GET', `/images/${name}/json`, { signal, accept: [404] });
  if (response.status === 404) {
    await response.text();
    return undefined;
  }
  const { Id, RepoTags, RootFS, Size, ...rest } = understood(engine, inspected, await response.json());
  const platform = { os: rest.Os, architecture: rest.Architecture || engine.platform.architecture };
  return {
    id: withAlgorithm(Id),
    names: RepoTags ?? [],
    layers: RootFS?.Layers ?? [],
    platform: normalizePlatform({ ...platform, ...(rest.Variant ? { variant: rest.Variant } : {}) }),
    sizeBytes: Size,
  };
}

/**
 * What a person calls an image of an engine: a name, an id, or the beginning of one.
 * @throws PycontainerError 'reference-invalid' for what could lead elsewhere in the API
 */
export function imageName(text: string): string {
  if (/^[a-z0-9][\w.:@/-]*$/i.test(text) && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(text)) return text;
  throw new PycontainerError('reference-invalid', `'${text}' is not the name of an image in an engine`, {
    hint: 'Name it as `docker images` does, such as python:3.12-slim, or by its id.',
  });
}

/** What `docker save` gives: an uncompressed tar, to be read to its end. */
export async function saveImage(engine: Engine, id: string, signal?: AbortSignal): Promise<Readable> {
  return (await engine.request('GET', `/images/${id}/get`, { signal, timeoutMs: 0 })).body;
}

/** Every image, those without a name among them. */
export async function listImages(
  engine: Engine,
  signal?: AbortSignal,
): Promise<readonly Pick<EngineImage, 'id' | 'names'>[]> {
  const response = await engine.request('GET', '/images/json', { signal });
  const images = understood(engine, listed, await response.json());
  return images.map(({ Id, RepoTags }) => ({ id: withAlgorithm(Id), names: RepoTags ?? [] }));
}

/** Gives an image a name, which another one loses. */
export async function tagImage(engine: Engine, id: string, name: Reference): Promise<void> {
  const { host, repository, tag = 'latest' } = name;
  const response = await engine.request('POST', `/images/${id}/tag`, { query: { repo: `${host}/${repository}`, tag } });
  await response.text();
}

/**
 * Takes a name off, or by its id an image away. @returns whether it is gone; not when something else, such as a
 * container, uses it
 */
export async function removeImage(engine: Engine, nameOrId: string): Promise<boolean> {
  const response = await engine.request('DELETE', `/images/${nameOrId}`, { accept: [404, 409] });
  await response.text();
  return response.status !== 409;
}

/** Sends what `docker load` reads. */
export async function loadImages(engine: Engine, tar: Readable, signal?: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/x-tar' };
  const query = { quiet: true };
  await finished(
    engine,
    await engine.request('POST', '/images/load', { query, body: tar, headers, signal, timeoutMs: 0 }),
  );
}

/** Has the engine fetch an image from a registry without TLS. It is then there under that registry's name. */
export async function pullImage(
  engine: Engine,
  name: Reference,
  platform: Platform,
  signal?: AbortSignal,
): Promise<void> {
  const { host, repository, tag = 'latest' } = name;
  const wanted = formatPlatform(platform);
  const foreign = wanted === formatPlatform(engine.platform) ? undefined : wanted;
  const path = engine.kind === 'podman' ? '/libpod/images/pull' : '/images/create';
  const query =
    engine.kind === 'podman'
      ? { reference: formatReference({ host, repository, tag }), tlsVerify: false, quiet: true }
      : { fromImage: `${host}/${repository}`, tag, platform: foreign };
  await finished(engine, await engine.request('POST', path, { query, signal, timeoutMs: 0 }));
}

/** What an engine answered, as its API says that it is. @throws PycontainerError 'engine-answer' */
function understood<T>({ name }: Engine, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new PycontainerError('engine-answer', `${name} describes its images in a way that is not understood`, {
    cause: parsed.error,
  });
}

function withAlgorithm(id: string): string {
  return id.includes(':') ? id : `sha256:${id}`;
}
