import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { PycontainerError, systemCode } from '../errors.ts';
import { hexOf } from '../oci/digest.ts';
import { type Descriptor, refNameAnnotation } from '../oci/manifest.ts';
import type { Base } from './base.ts';
import { documentLimitBytes, parsed, parseIndex } from './documents.ts';
import { type Documents, type ImageRequest, openImage } from './image.ts';
import { TarIndex } from './tar-index.ts';
import { type Region, regionBytes, verifiedBytes } from './verified.ts';

/** The files of an OCI layout, wherever they are. */
interface LayoutFiles {
  /** undefined when there is no such file. */
  locate(name: string): Promise<Region | undefined>;
}

/**
 * An image of an OCI layout folder. Without a tag the layout must hold one image, or one for each platform.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function openLayoutFolder(folder: string, tag: string | undefined, request: ImageRequest): Promise<Base> {
  return openLayout({ locate: (name) => fileRegion(path.join(folder, name)) }, tag, request);
}

/** The same inside an uncompressed tar; its layers stay there. */
export async function openLayoutArchive(file: string, tag: string | undefined, request: ImageRequest): Promise<Base> {
  const index = await openedArchive(file, request.text);
  return openLayout({ locate: async (name) => index.locate(name) }, tag, request);
}

/** Throws 'base-not-found' when there is no such file. */
export async function openedArchive(file: string, text: string): Promise<TarIndex> {
  try {
    return await TarIndex.read(file);
  } catch (error) {
    if (error instanceof PycontainerError) throw error;
    throw new PycontainerError('base-not-found', `Base ${text}: ${file} cannot be read`, {
      hint: 'Check the path under base; it is relative to the manifest.',
      cause: error,
    });
  }
}

const layoutVersion = z.object({ imageLayoutVersion: z.string().startsWith('1.') });

async function openLayout(files: LayoutFiles, tag: string | undefined, request: ImageRequest): Promise<Base> {
  parsed(
    layoutVersion,
    await fileBytes(files, 'oci-layout', request.text),
    `The oci-layout file of base ${request.text}`,
  );
  const index = parseIndex(await fileBytes(files, 'index.json', request.text), request.text);
  return openImage(rootsFor(tag, index.manifests, request.text), layoutDocuments(files, request.text), request);
}

function rootsFor(tag: string | undefined, all: readonly Descriptor[], text: string): readonly Descriptor[] {
  const roots = tag === undefined ? all : all.filter((descriptor) => nameOf(descriptor) === tag);
  const names = [...new Set(all.flatMap((descriptor) => nameOf(descriptor) ?? []))].sort();
  if (roots.length === 0) {
    throw new PycontainerError('base-not-found', `Base ${text} holds no image${tag === undefined ? '' : ` '${tag}'`}`, {
      hint: names.length === 0 ? 'The layout has no tags; leave the tag out.' : `It has ${names.join(', ')}.`,
    });
  }
  if (tag === undefined && isAmbiguous(roots)) {
    throw new PycontainerError('base-not-found', `Base ${text} holds ${roots.length} images`, {
      hint: `Name one of them behind the path: ${names.join(', ')}.`,
    });
  }
  return roots;
}

/** Several images, unless each is for a platform of its own and none has another name. */
function isAmbiguous(roots: readonly Descriptor[]): boolean {
  if (new Set(roots.map(({ digest }) => digest)).size === 1) return false;
  const named = new Set(roots.map(nameOf));
  return named.size > 1 || roots.some(({ platform }) => platform === undefined);
}

function nameOf(descriptor: Descriptor): string | undefined {
  return descriptor.annotations?.[refNameAnnotation];
}

function layoutDocuments(files: LayoutFiles, text: string): Documents {
  return {
    async read(descriptor) {
      const bytes = await fileBytes(files, blobName(descriptor), text);
      return verifiedBytes(bytes, descriptor, `Blob ${descriptor.digest} of base ${text}`);
    },
    async origin(layer) {
      const region = await files.locate(blobName(layer));
      if (region === undefined && (layer.urls ?? []).length > 0) return { kind: 'urls' };
      if (region === undefined) throw fileMissing(blobName(layer), text);
      if (region.sizeBytes !== layer.size) throw wrongSize(layer, region, text);
      return { kind: 'file', path: region.path, offset: region.offset };
    },
  };
}

async function fileBytes(files: LayoutFiles, name: string, text: string): Promise<Buffer> {
  const region = await files.locate(name);
  if (region === undefined) throw fileMissing(name, text);
  if (region.sizeBytes <= documentLimitBytes) return regionBytes(region);
  throw new PycontainerError('base-invalid', `Base ${text}: ${name} is too large for a manifest`);
}

function blobName(descriptor: Descriptor): string {
  return `blobs/sha256/${hexOf(descriptor.digest)}`;
}

async function fileRegion(file: string): Promise<Region | undefined> {
  try {
    const stats = await fs.stat(file);
    return stats.isFile() ? { path: file, offset: 0, sizeBytes: stats.size } : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function wrongSize(layer: Descriptor, { sizeBytes }: Region, text: string): PycontainerError {
  const sizes = `${sizeBytes} bytes long, not ${layer.size}`;
  return new PycontainerError('digest-mismatch', `Layer ${layer.digest} of base ${text} is ${sizes}`, {
    hint: 'The layout is damaged or not complete; copy the image into it again.',
  });
}

function fileMissing(name: string, text: string): PycontainerError {
  const isLayout = name === 'oci-layout' || name === 'index.json';
  return new PycontainerError(
    isLayout ? 'base-not-found' : 'base-invalid',
    isLayout ? `Base ${text} is not an OCI layout: it has no ${name}` : `Base ${text} lacks ${name}`,
    {
      hint: isLayout
        ? 'Check the path under base; it is relative to the manifest.'
        : 'The layout is not complete; copy the image into it again.',
    },
  );
}
