/** A port that is published, in the words of the Engine API. */
export interface PublishedPort {
  /** `8000/tcp`. */
  readonly container: string;
  /** Empty: every address. */
  readonly address: string;
  /** Empty: one that is free. */
  readonly host: string;
}

/** Takes `[[ADDRESS:]HOST-PORT:]CONTAINER-PORT[/PROTOCOL]` apart; the manifest's schema has checked it. */
export function parsePublished(text: string): PublishedPort {
  const [, address = '', host = '', port = '', protocol = 'tcp'] =
    /^(?:(?:(\[[^\]]+\]|[0-9.]+):)?([0-9]*):)?([0-9]+)(?:\/([a-z]+))?$/i.exec(text) ?? [];
  return {
    container: `${Number(port)}/${protocol.toLowerCase()}`,
    address: address.replaceAll(/[[\]]/g, ''),
    host: host === '' ? '' : String(Number(host)),
  };
}

/** Where a person's browser finds a port that an engine of this machine published. */
export function urlOf(address: string, port: string): string {
  const isEverywhere = address === '' || address === '0.0.0.0' || address === '::' || address === '127.0.0.1';
  const host = isEverywhere || address === '::1' ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
