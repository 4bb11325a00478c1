import fs from 'node:fs';
import zlib from 'node:zlib';
import type { FileEntry, ZipMember } from '../../src/layer/entry.ts';

/** Builds the part of a zip archive that layers read: the members' data, one after the other. */
export class ArchiveBuilder {
  readonly #path: string;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
    fs.writeFileSync(path, '');
  }

  /** Adds a member and gives its entry. `deflated` stands in for the stream that zlib would make. */
  add(path: string, bytes: Uint8Array, deflated: Uint8Array = zlib.deflateRawSync(bytes)): FileEntry {
    const content: ZipMember = {
      kind: 'zip-member',
      archive: this.#path,
      offset: this.#size,
      compressedSizeBytes: deflated.length,
      method: 8,
      crc32: zlib.crc32(bytes),
    };
    return this.#entry(path, bytes.length, content, deflated);
  }

  addStored(path: string, bytes: Uint8Array): FileEntry {
    const content: ZipMember = {
      kind: 'zip-member',
      archive: this.#path,
      offset: this.#size,
      compressedSizeBytes: bytes.length,
      method: 0,
      crc32: zlib.crc32(bytes),
    };
    return this.#entry(path, bytes.length, content, bytes);
  }

  #entry(path: string, sizeBytes: number, content: ZipMember, stored: Uint8Array): FileEntry {
    fs.appendFileSync(this.#path, stored);
    this.#size += stored.length;
    return { type: 'file', path, mode: 0o644, uid: 0, gid: 0, sizeBytes, content };
  }
}
