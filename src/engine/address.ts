import { PycontainerError } from '../errors.ts';

/** Where an engine listens. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls };

/** PEM texts. */
export interface EngineTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the engine must prove who it is. */
  readonly verify: boolean;
}

const notSpoken: Readonly<Record<string, string>> = {
  ssh: 'Forward its socket with `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, and name that with unix:///tmp/docker.sock.',
  npipe: 'Run pycontainer in WSL, where Docker Desktop gives a Unix socket.',
  fd: 'Name the socket with unix://PATH.',
};

/**
 * Reads what DOCKER_HOST, CONTAINER_HOST and contexts hold.
 * @param from what it was read from, for messages
 * @param tls taken for TCP
 * @throws PycontainerError 'engine-address'
 */
export function parseAddress(text: string, from: string, tls?: EngineTls): EngineAddress {
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  if (scheme === 'unix') {
    if (rest.startsWith('/')) return { kind: 'unix', path: rest };
    throw wrong(text, from, 'A socket is named by its absolute path: unix:///var/run/docker.sock.');
  }
  const hint = notSpoken[scheme];
  if (hint !== undefined) {
    throw new PycontainerError(
      'engine-address',
      `${from} leads to an engine over ${scheme}, which is not spoken here`,
      {
        hint,
      },
    );
  }
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') throw wrong(text, from, formats);
  const secure = tls ?? (scheme === 'https' ? { verify: true } : undefined);
  const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (url === undefined || (url.pathname !== '/' && url.pathname !== '')) throw wrong(text, from, formats);
  const port = rest.replace(/\/$/, '').endsWith(':80') ? 80 : Number(url.port || (secure === undefined ? 2375 : 2376));
  return { kind: 'tcp', host: url.hostname, port, ...(secure === undefined ? {} : { tls: secure }) };
}

/** As DOCKER_HOST would have it. */
export function formatAddress(address: EngineAddress): string {
  return address.kind === 'unix' ? `unix://${address.path}` : `tcp://${address.host}:${address.port}`;
}

const formats = 'Write unix:///PATH for a socket, or tcp://HOST:PORT.';

function wrong(text: string, from: string, hint: string): PycontainerError {
  return new PycontainerError('engine-address', `${from} is '${text}', which is no address of an engine`, { hint });
}
