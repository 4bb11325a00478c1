import { PycontainerError } from '../errors.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import type { Entry } from '../layer/entry.ts';
import type { Store } from '../store/store.ts';

/**
 * Reads those files of a layer that stand in the store, having been copied out of other images. Answers with what is
 * damaged or gone; it is dropped, so that the next plan copies it again.
 */
export async function damagedContents(entries: readonly Entry[], store: Store): Promise<readonly PycontainerError[]> {
  const damages: PycontainerError[] = [];
  for (const digest of storedIn(entries, store)) {
    try {
      for await (const chunk of store.streamBlob(digest)) void chunk;
    } catch (error) {
      if (!(error instanceof PycontainerError)) throw error;
      damages.push(error);
    }
  }
  return damages;
}

function storedIn(entries: readonly Entry[], store: Store): ReadonlySet<Digest> {
  return new Set(
    entries.flatMap((entry) => {
      if (entry.type !== 'file' || entry.content.kind !== 'path' || entry.content.sha256 === undefined) return [];
      const digest = parseDigest(`sha256:${entry.content.sha256}`);
      return entry.content.path === store.blobPath(digest) ? [digest] : [];
    }),
  );
}
