import { PycontainerError, systemCode } from '../errors.ts';

const unreachable: Readonly<Record<string, { what: string; hint?: string }>> = {
  ENOTFOUND: { what: 'cannot be found: no such name', hint: 'Check the spelling, the network and the proxy settings.' },
  EAI_AGAIN: { what: 'cannot be found: the name server does not answer', hint: 'Check the network.' },
  ECONNREFUSED: { what: 'refuses the connection', hint: 'Check that the service runs, and the port.' },
  ENETUNREACH: { what: 'cannot be reached: no network', hint: 'Check the network and the proxy settings.' },
  EHOSTUNREACH: { what: 'cannot be reached', hint: 'Check the network and the proxy settings.' },
  ENOENT: { what: 'cannot be reached: its socket is not there' },
  EACCES: { what: 'cannot be reached: its socket is not open to this user' },
  ETIMEDOUT: { what: 'did not answer in time' },
  UND_ERR_CONNECT_TIMEOUT: { what: 'did not answer in time', hint: 'Check the network and the proxy settings.' },
  UND_ERR_HEADERS_TIMEOUT: { what: 'took the request and did not answer in time' },
  UND_ERR_BODY_TIMEOUT: { what: 'stopped in the middle of its answer' },
  ECONNRESET: { what: 'broke the connection off' },
  EPIPE: { what: 'broke the connection off' },
  UND_ERR_SOCKET: { what: 'broke the connection off' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { what: 'sent less than it had announced' },
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: { what: 'was sent less or more than announced' },
};

const untrusted: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is made out to another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not known here',
  CERT_UNTRUSTED: 'its certificate is not trusted here',
  CERT_REVOKED: 'its certificate has been revoked',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
};

const permanent: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** Whether the same request may well succeed a moment later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof PycontainerError || isTls(error)) return false;
  const code = systemCode(error);
  return code !== undefined && code in unreachable && !permanent.has(code);
}

/** Puts what went wrong on the way to a host in plain words, without path or query. */
export function asHttpError(error: unknown, url: URL, signal: AbortSignal | undefined): PycontainerError {
  if (error instanceof PycontainerError) return error;
  if (signal?.aborted === true) return new PycontainerError('interrupted', 'Interrupted', { cause: error });
  const code = systemCode(error) ?? '';
  if (isTls(error)) return tlsError(code, url, error);
  const known = unreachable[code];
  const proxyStatus = /^Proxy response \((\d+)\)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (proxyStatus !== undefined) {
    return new PycontainerError(
      'network',
      `The proxy does not let through to ${url.host}: it answered ${proxyStatus}`,
      {
        hint: 'Check HTTPS_PROXY, its user and password, and NO_PROXY.',
        cause: error,
      },
    );
  }
  return new PycontainerError('network', `${url.host} ${whatWentWrong(error)}`, { hint: known?.hint, cause: error });
}

/** Completes a sentence that begins with whom a connection was for. */
export function whatWentWrong(error: unknown): string {
  return (
    unreachable[systemCode(error) ?? '']?.what ?? `failed: ${error instanceof Error ? error.message : String(error)}`
  );
}

/** The same for a request that got no answer at all: to those without a certificate that it wants, a server says no word. */
export function asRequestError(error: unknown, url: URL, signal: AbortSignal | undefined): PycontainerError {
  const known = asHttpError(error, url, signal);
  if (systemCode(error) !== 'UND_ERR_SOCKET' || url.protocol !== 'https:') return known;
  const folders = `~/.docker/certs.d/${url.host} or /etc/docker/certs.d/${url.host}`;
  return new PycontainerError(known.code, known.message, {
    hint: `It may want a client certificate: client.cert, and its key as client.key, in ${folders}.`,
    cause: error,
  });
}

function isTls(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return code in untrusted || /^(?:ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_)/.test(code);
}

function tlsError(code: string, url: URL, cause: unknown): PycontainerError {
  const plain = untrusted[code] === 'it does not speak TLS';
  return new PycontainerError('tls', `${url.host} cannot be trusted: ${untrusted[code] ?? code}`, {
    hint: plain
      ? `If it is meant to be plain HTTP, set \`insecure: true\` for ${url.host} under \`registries\`.`
      : `Name its authority's PEM file as \`ca\` for ${url.host} under \`registries\`, or in SSL_CERT_FILE.`,
    cause,
  });
}
