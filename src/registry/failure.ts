import { retryAfterMs, type HttpResponse } from '../http.ts';
import { PycontainerError, type ErrorCode } from '../errors.ts';
import { parseChallenges } from './challenge.ts';
import { environmentPrefix } from './credential.ts';

/** What a request was for, in words for people. */
export interface Purpose {
  /** The registry as a user means it. */
  readonly host: string;
  /** Infinitive with object: `read acme/api:1.0`, `write to acme/api`. */
  readonly doing: string;
  /** Whether it needs the right to push. */
  readonly writes?: boolean;
  /** Whether credentials were sent. */
  readonly loggedIn?: boolean;
}

/** An error of the distribution API. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
export interface ApiError {
  readonly code: string;
  readonly message: string;
}

/** What the registry says went wrong; empty when it does not say it as the specification has it. */
export async function readApiErrors(response: HttpResponse): Promise<readonly ApiError[]> {
  const text = await response.text(64 * 1024).catch(() => '');
  try {
    const answer: unknown = JSON.parse(text);
    const errors: unknown = typeof answer === 'object' && answer !== null && 'errors' in answer ? answer.errors : [];
    return (Array.isArray(errors) ? errors : []).flatMap((error: unknown) => apiError(error));
  } catch {
    return [];
  }
}

/**
 * Puts an answer that says no into an error: what was asked of which host, what it answered, what to do.
 * @param errors what {@link readApiErrors} found in its body
 */
export function failureFrom(purpose: Purpose, response: HttpResponse, errors: readonly ApiError[]): PycontainerError {
  const code = codeFor(purpose, response, errors);
  const answerer = new URL(response.url).host;
  const waitMs = retryAfterMs(response.headers['retry-after']);
  return new PycontainerError(code, messageFor(code, purpose, response.status, errors, answerer), {
    hint: hintFor(code, purpose, response.status, waitMs),
  });
}

/** How to log in to a host. */
export function loginHint(host: string): string {
  const prefix = environmentPrefix(host);
  return `Log in with \`pycontainer login ${host}\`, \`docker login ${host}\` or \`podman login ${host}\`, or set ${prefix}_USERNAME and ${prefix}_PASSWORD.`;
}

/** What to do about a wait that is asked for. */
export function waitText(waitMs: number | undefined): string {
  if (waitMs === undefined) return 'It does not say how long. Try again later.';
  const seconds = Math.ceil(waitMs / 1000);
  return seconds < 120 ? `Try again in ${seconds} seconds.` : `Try again in ${Math.ceil(seconds / 60)} minutes.`;
}

/** What to do about an answer that should not have come. */
export function asHint(status: number | undefined): string {
  if (status === 413)
    return 'What stands before it takes no body so large. Raise its limit (nginx: client_max_body_size).';
  return status !== undefined && status >= 500
    ? 'The fault is on its side. Try again later.'
    : 'Check that this host is a registry, and that no proxy answers in its place.';
}

function apiError(error: unknown): ApiError[] {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return [];
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  return [{ code: error.code, message: message.replaceAll(/[\s\p{Cc}]+/gu, ' ').slice(0, 200) }];
}

const codes: Readonly<Record<string, ErrorCode>> = {
  UNAUTHORIZED: 'registry-unauthorized',
  DENIED: 'registry-denied',
  TOOMANYREQUESTS: 'registry-rate-limit',
  UNSUPPORTED: 'registry-unsupported',
  NAME_UNKNOWN: 'registry-not-found',
  MANIFEST_UNKNOWN: 'registry-not-found',
  BLOB_UNKNOWN: 'registry-not-found',
  DIGEST_INVALID: 'digest-mismatch',
};

function codeFor({ loggedIn }: Purpose, { status, headers }: HttpResponse, errors: readonly ApiError[]): ErrorCode {
  if (status === 401 && loggedIn === true && isScopeMissing(headers['www-authenticate'], errors))
    return 'registry-denied';
  if (status === 401) return 'registry-unauthorized';
  if (status === 403) return 'registry-denied';
  if (status === 429) return 'registry-rate-limit';
  if (status >= 500) return 'registry-answer';
  const known = errors.map(({ code }) => codes[code]).find((code) => code !== undefined);
  return known ?? (status === 404 ? 'registry-not-found' : 'registry-answer');
}

/** Registries with tokens answer 401 also to those whom they know, when they lack the right. */
function isScopeMissing(header: string | undefined, errors: readonly ApiError[]): boolean {
  const challenges = parseChallenges(header);
  const named = challenges.some(({ parameters }) => parameters['error'] === 'insufficient_scope');
  return named || errors.some(({ code }) => code === 'DENIED');
}

function messageFor(
  code: ErrorCode,
  { host, doing, loggedIn }: Purpose,
  status: number,
  errors: readonly ApiError[],
  answerer: string,
): string {
  const says = errors.find(({ message }) => message !== '')?.message;
  const tail = says === undefined ? '' : `: ${says}`;
  switch (code) {
    case 'registry-unauthorized':
      return loggedIn === true
        ? `${host} does not accept the login to ${doing}${tail}`
        : `${host} wants a login to ${doing}${tail}`;
    case 'registry-denied':
      return answerer === host || !status
        ? `${host} does not allow to ${doing}${tail}`
        : `${host} does not allow to ${doing} (${answerer} answered ${status})${tail}`;
    case 'registry-rate-limit':
      return `${host} asks to wait before it lets us ${doing}${tail}`;
    case 'registry-not-found':
      return `${host} has nothing there: it was asked to ${doing}${tail}`;
    case 'registry-unsupported':
      return `${host} cannot ${doing}${tail}`;
    default:
      return `${host} answered ${status} when asked to ${doing}${tail}`;
  }
}

function hintFor(code: ErrorCode, { host, writes, loggedIn }: Purpose, status: number, waitMs?: number): string {
  switch (code) {
    case 'registry-unauthorized':
      return `${loginHint(host)} Registries answer the same for a repository that does not exist.`;
    case 'registry-denied':
      return writes === true
        ? `Ask for the right to push there, or use another login. ${loggedIn === true ? '' : loginHint(host)}`.trim()
        : `The repository is private or does not exist. ${loginHint(host)}`;
    case 'registry-rate-limit':
      return `${waitText(waitMs)}${loggedIn === true ? '' : ' Limits are often higher after a login.'}`;
    case 'registry-not-found':
      return 'Check the name, the tag and the host.';
    default:
      return asHint(status);
  }
}
