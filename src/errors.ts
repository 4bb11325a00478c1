/** How a failure ends the process: 1 the work failed, 2 the request was wrong. */
export type ExitCode = 1 | 2;

/**
 * Every code an error of ours can carry, with a heading of a few words. Names are permanent: scripts match on them.
 * The table is also the source of docs/errors.md.
 */
export const errorKinds = {
  internal: { title: 'A mistake of pycontainer itself', exit: 1 },
  interrupted: { title: 'Interrupted', exit: 1 },
  'not-supported-yet': { title: 'Not supported yet', exit: 2 },
  usage: { title: 'The command line is wrong', exit: 2 },

  'manifest-not-found': { title: 'No manifest', exit: 2 },
  'manifest-exists': { title: 'There is a manifest already', exit: 2 },
  'manifest-syntax': { title: 'The manifest is not valid YAML or TOML', exit: 2 },
  'manifest-unknown-key': { title: 'The manifest has an unknown key', exit: 2 },
  'manifest-invalid': { title: 'The manifest has a wrong value', exit: 2 },
  'manifest-variable': { title: 'A variable of the manifest is not set or not valid', exit: 2 },
  'manifest-extends': { title: 'extends names no target, or goes in a circle', exit: 2 },
  'manifest-conflict': { title: 'Two parts of the manifest contradict each other', exit: 2 },
  'target-not-found': { title: 'No such target', exit: 2 },
  'project-not-found': { title: 'No Python project', exit: 2 },

  'digest-invalid': { title: 'Not a digest', exit: 2 },
  'platform-invalid': { title: 'Not a platform', exit: 2 },
  'reference-invalid': { title: 'Not an image reference', exit: 2 },

  'store-unusable': { title: 'The store cannot be used', exit: 1 },
  'store-blob-missing': { title: 'A blob is not in the store', exit: 1 },
  'store-blob-damaged': { title: 'A blob in the store is damaged', exit: 1 },
  'disk-full': { title: 'The disk is full', exit: 1 },

  'layer-entry-invalid': { title: 'A file cannot stand in a layer', exit: 1 },
  'layer-entry-duplicate': { title: 'Two files want one path in a layer', exit: 1 },
  'file-changed-while-read': { title: 'A file changed while it was read', exit: 1 },
  'file-unreadable': { title: 'A file cannot be read', exit: 1 },
  'archive-invalid': { title: 'An archive is damaged', exit: 1 },

  network: { title: 'A host cannot be reached', exit: 1 },
  tls: { title: 'A host cannot be trusted', exit: 1 },
  'registry-unauthorized': { title: 'The registry wants a login', exit: 1 },
  'registry-denied': { title: 'The registry denies access', exit: 1 },
  'registry-not-found': { title: 'The registry has no such image', exit: 1 },
  'registry-rate-limit': { title: 'The registry asks to wait', exit: 1 },
  'registry-answer': { title: 'The registry answered something wrong', exit: 1 },
  'registry-unsupported': { title: 'The registry or image is of a kind that is not supported', exit: 1 },
  'credentials-invalid': { title: 'Stored credentials cannot be used', exit: 1 },
  'login-unsaved': { title: 'A login cannot be kept or forgotten', exit: 1 },
  'digest-mismatch': { title: 'Bytes are not what their digest says', exit: 1 },

  'base-not-found': { title: 'The base is not there', exit: 1 },
  'base-invalid': { title: 'The base cannot be used', exit: 1 },
  'base-platform': { title: 'The base has no such platform', exit: 2 },
  'base-python': { title: 'The base has no fitting Python', exit: 2 },

  'lock-not-found': { title: 'No lock file', exit: 2 },
  'lock-syntax': { title: 'The lock file cannot be read', exit: 2 },
  'lock-unsupported': { title: 'The lock file is of a kind that is not supported', exit: 2 },
  'lock-failed': { title: 'Dependencies cannot be resolved', exit: 1 },
  'lock-outdated': { title: 'The lock file is out of date', exit: 2 },
  'lock-platform': { title: 'The lock file is for another platform', exit: 2 },
  'lock-unpinned': { title: 'A requirement is not pinned', exit: 2 },
  'extra-unknown': { title: 'No such extra', exit: 2 },
  'group-unknown': { title: 'No such dependency group', exit: 2 },
  'dependency-conflict': { title: 'Dependencies exclude each other', exit: 2 },
  'version-invalid': { title: 'Not a version (PEP 440)', exit: 2 },
  'specifier-invalid': { title: 'Not a version specifier (PEP 440)', exit: 2 },
  'marker-invalid': { title: 'Not a marker (PEP 508)', exit: 2 },
  'requirement-invalid': { title: 'Not a requirement (PEP 508)', exit: 2 },
  'filename-invalid': { title: 'Not the name of a wheel or source distribution', exit: 2 },
  'project-invalid': { title: 'pyproject.toml cannot be used', exit: 2 },

  'package-not-found': { title: 'No index has the package', exit: 1 },
  'wheel-not-fitting': { title: 'No wheel fits the base', exit: 2 },
  'wheel-sdist-only': { title: 'A package comes only as source', exit: 2 },
  'wheel-hash-mismatch': { title: 'A file is not the one that was locked', exit: 1 },
  'wheel-invalid': { title: 'A wheel is damaged or not allowed', exit: 1 },
  'wheel-conflict': { title: 'Two packages write different bytes to one path', exit: 1 },
  'library-missing': { title: 'A package needs a library that the base lacks', exit: 2 },
  'requires-unmet': { title: 'A package lacks what it requires', exit: 2 },
  'index-settings': { title: 'Settings of package indexes cannot be used', exit: 2 },
  'index-unreachable': { title: 'A package index cannot be read', exit: 1 },

  'start-unknown': { title: 'No way to start the app is known', exit: 2 },
  'app-empty': { title: 'No file is left to pack', exit: 2 },
  'app-path-outside': { title: 'A path leads out of the project', exit: 2 },
  'user-unknown': { title: 'The base has no such user', exit: 2 },

  'engine-absent': { title: 'No container engine answers', exit: 1 },
  'engine-address': { title: 'The address of the container engine cannot be used', exit: 2 },
  'engine-unreachable': { title: 'The container engine cannot be reached', exit: 1 },
  'engine-denied': { title: 'The container engine denies access', exit: 1 },
  'engine-not-found': { title: 'The container engine has no such thing', exit: 1 },
  'engine-conflict': { title: 'The container engine has something in the way', exit: 1 },
  'engine-answer': { title: 'The container engine answered with an error', exit: 1 },

  'output-unusable': { title: 'An output cannot be written', exit: 1 },
  'container-foreign': { title: 'A container of somebody else has the name', exit: 1 },
  'container-failed': { title: 'A container cannot be run', exit: 1 },
  'container-not-found': { title: 'No such container', exit: 1 },
  'session-running': { title: 'Another session runs this project', exit: 1 },
  'env-file-invalid': { title: 'A file with variables cannot be used', exit: 2 },
  'depends-on': { title: 'depends-on goes in a circle, or names what is not run', exit: 2 },
  'limit-exceeded': { title: 'An image is larger than its limits allow', exit: 1 },
  'build-failed': { title: 'The build failed', exit: 1 },
  locked: { title: 'Something would change, and --locked forbids it', exit: 1 },
  offline: { title: 'Something is missing, and --offline forbids to fetch it', exit: 1 },
} as const;

export type ErrorCode = keyof typeof errorKinds;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code);
}

/** A place in a file that a person wrote. */
export interface SourceLocation {
  /** Path as the user would type it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** How many characters the caret underlines; 1 when absent. */
  readonly length?: number;
  /** The whole line, without its end. */
  readonly text?: string;
}

export interface ErrorDetails {
  /** What to do about it, as one or two sentences. */
  readonly hint?: string | undefined;
  readonly location?: SourceLocation | undefined;
  readonly cause?: unknown;
  /** Further mistakes that were found in the same go. */
  readonly others?: readonly PycontainerError[] | undefined;
}

/** The one error class. The message is for the user, without secrets: it passes through {@link redact}. */
export class PycontainerError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly location: SourceLocation | undefined;
  readonly others: readonly PycontainerError[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(redact(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PycontainerError';
    this.code = code;
    this.hint = details.hint === undefined ? undefined : redact(details.hint);
    this.location = details.location;
    this.others = details.others ?? [];
  }

  get exitCode(): ExitCode {
    return errorKinds[this.code].exit;
  }
}

/** Joins mistakes that were found together into one error that carries the rest; throws nothing for an empty list. */
export function throwTogether(errors: readonly PycontainerError[]): void {
  const [first, ...rest] = errors;
  if (first === undefined) return;
  if (rest.length === 0) throw first;
  throw new PycontainerError(first.code, first.message, {
    hint: first.hint,
    location: first.location,
    cause: first.cause,
    others: rest,
  });
}

/**
 * Takes secrets out of text: user info and query strings of URLs, and the values of Authorization headers.
 * Idempotent.
 */
export function redact(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]+@/gi, '$1***@')
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s?'"<>]+)\?[^\s'"<>]*/gi, '$1?***')
    .replaceAll(/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***');
}

/** The system's error code (ENOENT, ENOSPC, …) of a caught value, if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
