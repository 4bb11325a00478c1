/** One of the user's files, folders or links as it stood when it was looked at. */
export interface AppFile {
  /** Relative to the context, with `/`. */
  readonly path: string;
  /** Absolute, on this machine. */
  readonly source: string;
  readonly type: 'file' | 'symlink' | 'directory';
  /** 0 for links and folders. */
  readonly sizeBytes: number;
  readonly executable: boolean;
  /** Of a link: as stored. */
  readonly target?: string;
  readonly identity: FileIdentity;
}

/** What tells, without reading it, that a file is still the one that was read. */
export interface FileIdentity {
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

export interface SelectedFiles {
  /** Sorted by path. Folders stand in it only when nothing else is in them. */
  readonly files: readonly AppFile[];
  /** Importable files that an ignore rule left out of folders that are packed. */
  readonly leftOut: readonly string[];
  /** Links that lead out of the context, so that they lead nowhere in the image. */
  readonly dangling: readonly string[];
  readonly ignoreSource: string | undefined;
  /** Absolute: every folder that was looked into, or whose ignore file counts. */
  readonly folders: readonly string[];
}
