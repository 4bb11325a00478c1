import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PycontainerError } from '../../errors.ts';
import type { Http, HttpResponse } from '../../http.ts';
import type { Credentials } from './credentials.ts';

/** How indexes and file hosts are reached. */
export interface Access {
  readonly http: Http;
  readonly credentials: Credentials;
  /** Nothing is asked over the network. */
  readonly offline: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Larger pages are refused; the largest of pypi.org have some 20 MB. */
const pageLimitBytes = 128 * 1024 * 1024;

/**
 * Asks with the login that belongs to the URL's host, and once more with the keyring's after a 401.
 * @returns whatever was answered; the body of a 401 has been given up
 * @throws PycontainerError 'index-unreachable' when nothing was; 'offline'; 'interrupted'
 */
export async function get(
  url: string,
  access: Access,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  if (access.offline) {
    throw new PycontainerError('offline', `${url} is needed, but the network must not be used`, {
      hint: 'Run once without --offline (and without UV_OFFLINE); what was fetched is kept.',
    });
  }
  const authorization = await access.credentials.header(url);
  const response = await send(url, access, headers, authorization);
  if (response.status !== 401) return response;
  await response.drain();
  const asked = await access.credentials.headerAfterRefusal(url, authorization);
  return asked === undefined ? response : send(url, access, headers, asked);
}

async function send(
  url: string,
  { http, signal }: Access,
  headers: Readonly<Record<string, string>>,
  authorization: string | undefined,
): Promise<HttpResponse> {
  try {
    return await http.request(url, {
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      signal,
    });
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** The error for an answer that is none of those wanted; gives its body up. */
export async function refused(response: HttpResponse, url: string): Promise<PycontainerError> {
  await response.drain();
  const { host } = new URL(response.url);
  const elsewhere = host === new URL(url).host ? '' : `, from ${host}`;
  return new PycontainerError('index-unreachable', `${url} answered with status ${response.status}${elsewhere}`, {
    hint:
      response.status === 401 || response.status === 403
        ? `It wants a login: put one for ${host} into ~/.netrc, or set UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD for an index with a name.`
        : undefined,
  });
}

/** Wraps what the network said; interruptions pass through. */
export function unreachable(url: string, error: unknown): PycontainerError {
  if (error instanceof PycontainerError && !['network', 'tls'].includes(error.code)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new PycontainerError('index-unreachable', `${url} cannot be read: ${why}`, {
    hint: error instanceof PycontainerError ? error.hint : undefined,
    cause: error,
  });
}

/** A page as text, unpacked where the host packed it. */
export async function pageText(response: HttpResponse, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of unpacked(response) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > pageLimitBytes) throw new Error(`it has more than ${pageLimitBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    await response.drain();
    throw unreachable(url, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unpacked({ headers, body }: HttpResponse): Readable {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return body;
  const gunzip = createGunzip();
  body.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => body.destroy());
  return body.pipe(gunzip);
}
