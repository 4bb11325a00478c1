import type { Dispatcher } from 'undici';
import { PycontainerError } from '../errors.ts';
import { trusting } from './trust.ts';

/** How connections of one kind are made. */
export interface Way {
  /** Past any proxy. */
  readonly direct: boolean;
  readonly secure: boolean;
  /** Takes any certificate. */
  readonly insecure: boolean;
  /** A PEM file, or empty. */
  readonly ca: string;
  /** A folder of the host's certificates, or empty. */
  readonly certificates: string;
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
    ...(way.secure
      ? { secureContext: trusting({ ...way, certFile: env['SSL_CERT_FILE'] }), rejectUnauthorized: !way.insecure }
      : {}),
    ...(socketPath === undefined ? {} : { socketPath }),
  };
  const options = { headersTimeout: way.headersTimeoutMs, bodyTimeout: way.stallTimeoutMs, connect };
  if (way.direct) return new Agent(options);
  const [httpProxy, httpsProxy] = [proxyUrl(env, 'http_proxy'), proxyUrl(env, 'https_proxy')];
  const isSecureProxy = [httpProxy, httpsProxy].some((url) => /^https:/i.test(url));
  const ownTrust = { ca: '', certificates: '', certFile: env['SSL_CERT_FILE'] };
  return new EnvHttpProxyAgent({
    ...options,
    requestTls: connect,
    ...(isSecureProxy ? { proxyTls: { secureContext: trusting(ownTrust) } } : {}),
    proxyTunnel: false,
    httpProxy,
    httpsProxy,
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
  });
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
