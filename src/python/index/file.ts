/** A wheel that was chosen, with all that is needed to get it and to key a layer by it. */
export interface WheelFile {
  readonly filename: string;
  /** Where it is fetched from; `file:` for local ones. Credentials are not part of it. */
  readonly url: string;
  /** sha256 of the file, hex. */
  readonly sha256: string;
  /** As the lock or the index says it, or as measured. */
  readonly sizeBytes?: number;
}
