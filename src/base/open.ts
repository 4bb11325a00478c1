import type { BaseSpec } from '../config/target.ts';
import { PycontainerError } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { hostPlatform, type Platform } from '../oci/platform.ts';
import type { Base } from './base.ts';
import { openDockerArchive } from './docker-archive.ts';
import { openEngineBase } from './engine.ts';
import type { ImageRequest } from './image.ts';
import { openLayoutArchive, openLayoutFolder } from './layout.ts';
import { openRegistryBase } from './registry.ts';
import { openRootfs, openScratch } from './rootfs.ts';
import type { BaseSources } from './sources.ts';

/**
 * The base that a manifest names, for one platform. `text` is what the user wrote; `pin` the digest of an index or
 * manifest to take instead of a registry's tag. Layers are not read, but for those of a root file system. Throws
 * 'base-not-found', 'base-platform', 'base-invalid', 'digest-mismatch', and the registry's or engine's errors.
 */
export async function openBase(
  spec: BaseSpec,
  text: string,
  platform: Platform,
  sources: BaseSources,
  pin?: Digest,
): Promise<Base> {
  return opened(spec, { text, platform }, sources, pin);
}

/** The same of any image: without a platform this machine's, else whichever there is. */
export async function openAny(
  spec: BaseSpec,
  text: string,
  platform: Platform | undefined,
  sources: BaseSources,
): Promise<Base> {
  return opened(spec, { text, platform: platform ?? hostPlatform(), orOther: platform === undefined }, sources);
}

async function opened(spec: BaseSpec, request: ImageRequest, sources: BaseSources, pin?: Digest): Promise<Base> {
  switch (spec.kind) {
    case 'scratch':
      return openScratch(request);
    case 'registry':
      return openRegistryBase(spec.reference, request, sources, pin);
    case 'oci':
      return openLayoutFolder(spec.path, spec.tag, request);
    case 'oci-archive':
      return openLayoutArchive(spec.path, spec.tag, request);
    case 'docker-archive':
      return openDockerArchive(spec.path, spec.tag, request);
    case 'rootfs':
      return openRootfs(spec.path, request, sources);
    case 'engine':
      return openEngineBase(spec.name, request, sources);
    case 'target':
      throw new PycontainerError('internal', `${request.text} is no image that is there, but one that a plan makes`);
  }
}

/** The digest (of an index or a manifest) that a registry's tag stands for now; undefined for bases without tags. */
export async function resolveBase(spec: BaseSpec, sources: BaseSources): Promise<Digest | undefined> {
  return spec.kind === 'registry' ? sources.registry.resolveDigest(spec.reference) : undefined;
}
