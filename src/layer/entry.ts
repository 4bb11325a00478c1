/**
 * What a layer is made of, before it is a tar. Paths are relative to the image's root, with `/`, no leading or
 * trailing slash, no `.` or `..`, in NFC or whatever the user has: bytes are kept.
 */
export type Entry = FileEntry | DirectoryEntry | SymlinkEntry | HardlinkEntry;

interface Common {
  readonly path: string;
  /** Permission bits with setuid, setgid and sticky: 0–0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970; absent: the layer's own (SOURCE_DATE_EPOCH or 1980-01-01). */
  readonly mtimeSeconds?: number;
}

export interface FileEntry extends Common {
  readonly type: 'file';
  readonly sizeBytes: number;
  readonly content: Content;
}

export interface DirectoryEntry extends Common {
  readonly type: 'directory';
}

export interface SymlinkEntry extends Common {
  readonly type: 'symlink';
  /** As stored: may be absolute, or relative to the link's folder. */
  readonly target: string;
}

export interface HardlinkEntry extends Common {
  readonly type: 'hardlink';
  /** Path of an entry of the same layer. */
  readonly target: string;
}

/** Where a file's bytes are. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A file on disk, which must have `sizeBytes` and, where given, this sha256 (hex) when it is read. */
  | { readonly kind: 'path'; readonly path: string; readonly sha256?: string }
  /** A member of a zip archive on disk; its deflate stream can be carried over into a layer. */
  | ZipMember;

export interface ZipMember {
  readonly kind: 'zip-member';
  /** The archive's path. */
  readonly archive: string;
  /** Where the member's data begins (behind its local header), in bytes from the archive's start. */
  readonly offset: number;
  readonly compressedSizeBytes: number;
  /** 0 stored, 8 deflated. */
  readonly method: 0 | 8;
  /** Of the uncompressed bytes. */
  readonly crc32: number;
}

/** A file whose deflate stream can be carried over. */
export interface CarriedEntry extends FileEntry {
  readonly content: ZipMember;
}

/** Whiteouts and metadata as the OCI layer spec has them. */
export const whiteoutPrefix = '.wh.';
export const opaqueWhiteout = '.wh..wh..opq';

/** A file whose bytes we make ourselves. */
export interface MadeFile extends FileEntry {
  readonly content: { readonly kind: 'bytes'; readonly bytes: Uint8Array };
}

/** A text file that belongs to root and is there to be read. */
export function textFile(path: string, text: string): MadeFile {
  const bytes = Buffer.from(text);
  return {
    type: 'file',
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: bytes.length,
    content: { kind: 'bytes', bytes },
  };
}
