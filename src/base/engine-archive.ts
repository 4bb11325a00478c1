import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { PycontainerError } from '../errors.ts';
import { tarEntries } from '../layer/read.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';

/** A file of an archive that flowed by. */
export interface SavedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Its first bytes, eight at most. */
  readonly start: Buffer;
  /** All of it, when it is small; larger ones are in the store. */
  readonly bytes?: Buffer;
}

/** Configs and manifests are smaller; layers seldom are. */
const smallBytes = 1 << 20;
const linkHops = 8;

/** The files of an archive that was read once, from front to back. */
export class SavedFiles {
  readonly #files: ReadonlyMap<string, SavedFile>;
  readonly #links: ReadonlyMap<string, string>;

  private constructor(files: ReadonlyMap<string, SavedFile>, links: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#links = links;
  }

  /** Reads an uncompressed tar to its end, large files straight into the store. Throws 'archive-invalid'. */
  static async read(tar: Readable, store: Store, onBytes: (bytes: number) => void): Promise<SavedFiles> {
    const files = new Map<string, SavedFile>();
    const links = new Map<string, string>();
    for await (const { header, body } of tarEntries(tar)) {
      const { path, type, target = '', sizeBytes } = header;
      if (type === 'symlink') links.set(path, posix.normalize(posix.join(posix.dirname(path), target)));
      else if (type === 'hardlink') links.set(path, target);
      else if (type === 'file') files.set(path, await savedFile(counted(body, onBytes), sizeBytes, store));
    }
    return new SavedFiles(files, links);
  }

  /** Links are followed. undefined when the archive has no such file. */
  find(name: string): SavedFile | undefined {
    let at = posix.normalize(name);
    for (let hops = 0; hops < linkHops; hops += 1) {
      const target = this.#links.get(at);
      if (target === undefined) return this.#files.get(at);
      at = target;
    }
    return undefined;
  }
}

async function savedFile(body: AsyncIterable<Buffer>, sizeBytes: number, store: Store): Promise<SavedFile> {
  if (sizeBytes <= smallBytes) {
    const bytes = Buffer.concat(await Array.fromAsync(body));
    return { digest: digestOf(bytes), sizeBytes: bytes.length, start: bytes.subarray(0, 8), bytes };
  }
  let start = Buffer.alloc(0);
  const begun = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      if (start.length < 8) start = Buffer.concat([start, chunk.subarray(0, 8 - start.length)]);
      yield chunk;
    }
  };
  const stored = await store.putStream(begun());
  return { ...stored, start };
}

async function* counted(body: Readable, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of body as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** The text of a document; undefined for what is too large to be one. */
export function documentOf({ bytes }: SavedFile, name: string, text: string): Buffer {
  if (bytes !== undefined) return bytes;
  throw new PycontainerError('base-invalid', `Base ${text}: ${name} is too large for a document`, {
    hint: 'Choose another image.',
  });
}
