import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { PycontainerError } from '../errors.ts';

/** How connections of one kind are made. */
export interface Way {
  /** Past any proxy. */
  readonly direct: boolean;
  readonly secure: boolean;
  /** Takes any certificate. */
  readonly insecure: boolean;
  /** A PEM file, or empty. */
  readonly ca: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly socketPath?: string;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly stallTimeoutMs: number;
}

/** Loads undici at the first call, so that the start of the process does not pay for it. */
export async function makeDispatcher(way: Way): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent } = await import('./undici.ts');
  const { env, socketPath } = way;
  const connect = {
    timeout: way.connectTimeoutMs,
    ...(way.secure ? { secureContext: trusting(way.ca, env['SSL_CERT_FILE']), rejectUnauthorized: !way.insecure } : {}),
    ...(socketPath === undefined ? {} : { socketPath }),
  };
  const options = { headersTimeout: way.headersTimeoutMs, bodyTimeout: way.stallTimeoutMs, connect };
  if (way.direct) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    requestTls: connect,
    proxyTunnel: false,
    httpProxy: proxyUrl(env, 'http_proxy'),
    httpsProxy: proxyUrl(env, 'https_proxy'),
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
  });
}

/**
 * Node's own roots, NODE_EXTRA_CA_CERTS (which Node counts to its default), the system's store, and PEM files. One
 * context serves all connections: making it takes longer than a handshake.
 */
function trusting(ca: string, certFile: string | undefined): SecureContext {
  const files = [...(ca === '' ? [] : [readPem(ca)]), ...readIfThere(certFile)];
  const trusted = new Set([...getCACertificates('default'), ...getCACertificates('system'), ...files]);
  return createSecureContext({ ca: [...trusted] });
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new PycontainerError('tls', `The CA file ${file} cannot be read`, {
      hint: 'It is named by `ca` under `registries`.',
      cause: error,
    });
  }
}

function readIfThere(file: string | undefined): string[] {
  try {
    return file === undefined || file === '' ? [] : [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}

function proxyUrl(env: Way['env'], name: string): string {
  const value = env[name] || env[name.toUpperCase()] || '';
  if (value === '') return '';
  const url = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(url)) return url;
  throw new PycontainerError('network', `${name.toUpperCase()} is not a URL`, {
    hint: 'A proxy is written as http://host:port.',
  });
}
