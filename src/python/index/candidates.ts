import { PycontainerError } from '../../errors.ts';
import { formatVersion } from '../version.ts';
import type { WheelFile } from './file.ts';
import { identify, type Finder, type Place } from './finder.ts';
import { compareHashes } from './hashes.ts';

export interface Candidate {
  readonly url: string;
  /** Whoever names the URL says that it has the right hash, so another one is not passed over. */
  readonly vouched: boolean;
}

/** Places that may have a file with this name and hash, in the order in which fetchWheel tries them. What a place cannot answer goes to `errors`. */
export async function* candidates(file: WheelFile, finder: Finder, errors: unknown[]): AsyncGenerator<Candidate> {
  const { url, index } = file;
  const own = url === undefined ? [] : [{ url, vouched: true }];
  if (index === undefined) {
    yield* own;
    return;
  }
  const links = finder.links();
  const [near, far] = [links.filter(isLocal), [...links.filter((place) => !isLocal(place)), ...finder.indexes(index)]];
  const ownLast = url !== undefined && (finder.isReplaced(url) || finder.hasFailed(url));
  for (const place of near) yield* offers(file, place, finder, errors);
  if (!ownLast) yield* own;
  for (const place of far) yield* offers(file, place, finder, errors);
  if (ownLast) yield* own;
}

function isLocal({ url }: { readonly url: string }): boolean {
  return url.startsWith('file:');
}

/** What one place has under the file's name, unless its hash is known to be another. */
async function* offers(file: WheelFile, place: Place, finder: Finder, errors: unknown[]): AsyncGenerator<Candidate> {
  const wheel = identify(file.filename);
  if (wheel === undefined) return;
  try {
    const { files } = await finder.find(place, wheel.name, formatVersion(wheel.version), true);
    for (const { filename, url, hashes } of files) {
      const comparison = compareHashes(hashes, [`sha256:${file.sha256}`]);
      if (filename !== file.filename || url === file.url || comparison === 'differ') continue;
      yield { url, vouched: comparison === 'match' };
    }
  } catch (error) {
    if (error instanceof PycontainerError && error.code === 'interrupted') throw error;
    errors.push(error);
  }
}
