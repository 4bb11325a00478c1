import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { SecureContext } from 'node:tls';
import { PycontainerError, systemCode } from '../errors.ts';

export interface TrustedFiles {
  /** A PEM file that settings name, or empty. */
  readonly ca: string;
  /** A folder of certificates for this host, or empty. */
  readonly certificates: string;
  /** What SSL_CERT_FILE says. */
  readonly certFile: string | undefined;
}

/**
 * Where Podman and Docker look for folders of certificates that are named after a host, the nearest first.
 * @param systemFolder default `/etc`
 * @see https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
 * @see https://docs.docker.com/engine/security/certificates/
 */
export function certificateFolders(
  { env, home }: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
  systemFolder = '/etc',
): readonly string[] {
  const user = env['XDG_CONFIG_HOME'] || path.join(home, '.config');
  return [
    path.join(user, 'containers/certs.d'),
    path.join(user, 'docker/certs.d'),
    path.join(env['DOCKER_CONFIG'] || path.join(home, '.docker'), 'certs.d'),
    path.join(systemFolder, 'containers/certs.d'),
    path.join(systemFolder, 'docker/certs.d'),
  ];
}

/** The first of the folders that has one for this host and port; empty when none has, or none that can be read. */
export function certificatesFor(url: URL, folders: readonly string[]): string {
  const names = url.port === '' ? [url.host, `${url.host}:443`] : [url.host];
  const all = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return all.find((folder) => filesIn(folder) !== undefined) ?? '';
}

/**
 * Node's own roots, NODE_EXTRA_CA_CERTS (which Node counts to its default), the system's store, and PEM files; of a
 * host's folder its authorities (`*.crt`) and the first client certificate (`*.cert`) with the `*.key` of its name. One
 * context serves all connections: making it takes longer than a handshake.
 */
export function trusting({ ca, certificates, certFile }: TrustedFiles): SecureContext {
  const files = certificates === '' ? [] : (filesIn(certificates) ?? []);
  const authorities = files.filter((name) => name.endsWith('.crt')).map((name) => path.join(certificates, name));
  const named = ca === '' ? [] : [readPem(ca, 'It is named by `ca` under `registries`.')];
  const found = authorities.map((file) => readPem(file, 'It stands where Docker and Podman look for authorities.'));
  // Loading TLS takes some milliseconds, which runs without a network need not wait for.
  const { createSecureContext, getCACertificates } = process.getBuiltinModule('node:tls');
  const trusted = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
  for (const text of [...named, ...found, ...readIfThere(certFile)]) trusted.add(text);
  try {
    return createSecureContext({ ca: [...trusted], ...clientCertificate(certificates, files) });
  } catch (cause) {
    if (cause instanceof PycontainerError) throw cause;
    const places = [ca, certificates, certFile].filter(Boolean).join(', ');
    throw new PycontainerError('tls', `A certificate or key cannot be used: ${messageOf(cause)}`, {
      hint: `They are PEM files, keys without a password. These were read: ${places}.`,
      cause,
    });
  }
}

function clientCertificate(folder: string, files: readonly string[]): { cert?: string; key?: string } {
  const pairs = files.filter((name) => /\.(?:cert|key)$/.test(name));
  for (const name of pairs) {
    const other = name.endsWith('.key') ? name.replace(/key$/, 'cert') : name.replace(/cert$/, 'key');
    if (files.includes(other)) continue;
    throw new PycontainerError('tls', `${path.join(folder, name)} has no ${other} beside it`, {
      hint: 'A client certificate is NAME.cert with its key as NAME.key; an authority is NAME.crt.',
    });
  }
  const [cert] = pairs;
  if (cert === undefined) return {};
  const read = (name: string): string => readPem(path.join(folder, name), 'It stands for this host alone.');
  return { cert: read(cert), key: read(cert.replace(/cert$/, 'key')) };
}

/** Sorted; undefined where there is no folder, or none that may be read: then it says nothing, as with Podman. */
function filesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return undefined;
  }
}

function readPem(file: string, hint: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PycontainerError(
      'tls',
      `The PEM file ${file} cannot be read (${systemCode(cause) ?? 'unknown reason'})`,
      {
        hint,
        cause,
      },
    );
  }
}

function readIfThere(file: string | undefined): string[] {
  try {
    return file === undefined || file === '' ? [] : [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
