import { parseDigest, type Digest } from './digest.ts';
import { PycontainerError } from '../errors.ts';

/** Where an image is named. @see https://github.com/distribution/reference */
export interface Reference {
  /** Domain and port as the user means them; `docker.io` for short names. */
  readonly host: string;
  /** Path below the host; `library/` added for Docker Hub's short names. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The domain that names without one stand below. */
export const dockerHub = 'docker.io';

const hostPattern =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[a-f0-9:]+\])(?::[0-9]+)?$/i;
const repositoryPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const maxRepositoryLength = 255;

/**
 * Reads `[host[:port]/]path[:tag][@digest]` as Docker does: a first part is a host when it has a dot or a colon, is
 * `localhost`, or has upper case. No tag is made up: with neither tag nor digest the caller decides for `latest`.
 * @throws PycontainerError 'reference-invalid'
 */
export function parseReference(text: string): Reference {
  refuseOtherThings(text);
  const { rest, digest } = takeDigest(text);
  const { name, tag } = takeTag(rest);
  const { host, repository } = splitHost(name);
  checkHost(text, host);
  checkRepository(text, repository);
  if (tag !== undefined && !tagPattern.test(tag)) {
    throw invalid(text, 'A tag is up to 128 letters, digits, _, . and -, and begins with none of the last two.');
  }
  return { host, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The canonical spelling, with host and all: `docker.io/library/python:3.12`. */
export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${suffix({ tag, digest })}`;
}

/** The short spelling, for people; {@link parseReference} reads it back as the same reference. */
export function familiarReference(reference: Reference): string {
  const { host, repository } = reference;
  if (host !== dockerHub) return formatReference(reference);
  const short = repository.replace(/^library\/(?=[^/]+$)/, '');
  const same = splitHost(short).repository === repository && !isHexName(short);
  return same ? `${short}${suffix(reference)}` : formatReference(reference);
}

/** Whether the text can stand as a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

function suffix({ tag, digest }: { tag?: string | undefined; digest?: string | undefined }): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function takeDigest(text: string): { rest: string; digest?: Digest } {
  const at = text.indexOf('@');
  if (at === -1) return { rest: text };
  try {
    return { rest: text.slice(0, at), digest: parseDigest(text.slice(at + 1)) };
  } catch (error) {
    throw invalid(text, error instanceof PycontainerError ? error.hint : undefined, error);
  }
}

function takeTag(text: string): { name: string; tag?: string } {
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  if (colon === -1 || text.startsWith('[', text.lastIndexOf('/') + 1)) return { name: text };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

function splitHost(name: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasMark = /[.:]/.test(first);
  if (!hasMark && first !== 'localhost' && first === first.toLowerCase()) return onDockerHub(name);
  const host = hasMark ? first.toLowerCase() : first;
  const repository = name.slice(slash + 1);
  return host === dockerHub || host === 'index.docker.io' ? onDockerHub(repository) : { host, repository };
}

function onDockerHub(path: string): { host: string; repository: string } {
  return { host: dockerHub, repository: path.includes('/') ? path : `library/${path}` };
}

function refuseOtherThings(text: string): void {
  if (text === '') throw invalid(text, 'Name an image, such as python:3.12-slim or ghcr.io/acme/api:1.0.');
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) throw invalid(text, `Leave out ${scheme}: a reference begins with the host.`);
  if (/\s/.test(text)) throw invalid(text, 'A reference has no spaces.');
  if (isHexName(text) || /^sha256:[0-9a-f]{64}$/.test(text)) {
    throw invalid(text, 'This is a digest or an image ID alone. Put the name before it: name@sha256:….');
  }
}

function isHexName(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function checkHost(text: string, host: string): void {
  if (hostPattern.test(host) && URL.canParse(`https://${host}/`)) return;
  throw invalid(
    text,
    `'${host}' is not a host: a domain name, an IPv4 address or an IPv6 address in brackets, then :port.`,
  );
}

function checkRepository(text: string, repository: string): void {
  if (repository.length > maxRepositoryLength) {
    throw invalid(text, `The path has ${repository.length} characters, and ${maxRepositoryLength} are allowed.`);
  }
  if (repositoryPattern.test(repository)) return;
  const lower = repository.toLowerCase();
  throw invalid(
    text,
    repositoryPattern.test(lower)
      ? `Names of images are lower case: ${lower}.`
      : 'Each part of the path is lower-case letters and digits, with single . or _, double __, or any number of - between them.',
  );
}

function invalid(text: string, hint: string | undefined, cause?: unknown): PycontainerError {
  return new PycontainerError('reference-invalid', `'${text}' is not an image reference`, { hint, cause });
}
