/** A wheel that was chosen, with all that is needed to get it and to key a layer by it. */
export interface WheelFile {
  readonly filename: string;
  /**
   * Where it is known to be; `file:` for local ones. Credentials are not part of it. Absent when the lock names the
   * file and its hash but no place: the indexes are asked when it is fetched, so that planning needs no network.
   */
  readonly url?: string;
  /** sha256 of the file, hex. */
  readonly sha256: string;
  /** As the lock or the index says it, or as measured. */
  readonly sizeBytes?: number;
  /** The index that the package belongs to, where the same file may be had too; absent for files by URL or path. */
  readonly index?: string;
}

/** A file that an index or a find-links place offers. */
export interface IndexFile {
  readonly filename: string;
  /** Absolute, without user info and fragment. */
  readonly url: string;
  /** `algorithm:hex`, in lower case. */
  readonly hashes: readonly string[];
  readonly requiresPython?: string;
  /** The reason, or an empty text when none is given; absent when the file is not yanked (PEP 592). */
  readonly yanked?: string;
  readonly sizeBytes?: number;
  /** The file's METADATA is served beside it, under the name with `.metadata` (PEP 658, 714). */
  readonly coreMetadata?: boolean;
  /** ISO 8601, as the index says it (PEP 700). */
  readonly uploadTime?: string;
}
