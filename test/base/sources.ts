import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { BaseSources, ImageSource } from '../../src/base/sources.ts';
import type { Event } from '../../src/events.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Descriptor } from '../../src/oci/manifest.ts';
import { Store } from '../../src/store/store.ts';
import type { Blobs } from './image.ts';

/** What a test reads bases with: a folder and a store of its own, and everything that was said and asked. */
export interface TestSources extends AsyncDisposable {
  readonly sources: BaseSources;
  readonly folder: string;
  readonly events: Event[];
  /** `resolve`, `manifest <digest>`, `blob <digest>`, in order. */
  readonly asked: string[];
}

export async function testSources(
  blobs?: Blobs,
  tags: ReadonlyMap<string, Descriptor> = new Map(),
): Promise<TestSources> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-base-'));
  const store = await Store.open(path.join(folder, 'store'));
  const events: Event[] = [];
  const asked: string[] = [];
  const registry = memoryRegistry(blobs?.bytes ?? new Map(), tags, asked);
  return {
    sources: { registry, store, emit: (event) => void events.push(event) },
    folder,
    events,
    asked,
    async [Symbol.asyncDispose]() {
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function memoryRegistry(
  blobs: ReadonlyMap<Digest, Buffer>,
  tags: ReadonlyMap<string, Descriptor>,
  asked: string[],
): ImageSource {
  const bytesOf = (digest: Digest): Buffer => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new Error(`the registry has no ${digest}`);
    return bytes;
  };
  return {
    async resolveDigest({ tag = 'latest', digest }) {
      asked.push('resolve');
      const named = digest ?? tags.get(tag)?.digest;
      if (named === undefined) throw new Error(`the registry has no tag ${tag}`);
      return named;
    },
    async manifest(_repository, digest) {
      asked.push(`manifest ${digest}`);
      const bytes = bytesOf(digest);
      return { mediaType: (JSON.parse(bytes.toString()) as { mediaType?: string }).mediaType ?? '', bytes };
    },
    async blob(_repository, { digest }) {
      asked.push(`blob ${digest}`);
      return Readable.from([bytesOf(digest)], { objectMode: false });
    },
  };
}
