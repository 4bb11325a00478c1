/** Reads `8000`, `8000/tcp`, `8000/udp`, `8000/sctp`; `/tcp` is left out of the answer. Undefined for anything else. */
export function parsePort(text: string): string | undefined {
  const [, digits, protocol] = /^([0-9]{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535) return undefined;
  const kind = protocol?.toLowerCase() ?? 'tcp';
  return kind === 'tcp' ? String(port) : `${port}/${kind}`;
}

/** Checks `[[ADDRESS:]HOST-PORT:]CONTAINER-PORT[/PROTOCOL]`, as `docker run --publish` has it. */
export function isPublishedPort(text: string): boolean {
  const [, host, container] =
    /^(?:(?:(?:\[[0-9a-f:.]+\]|[0-9]+(?:\.[0-9]+){3}):)?([0-9]*):)?([^:]+)$/i.exec(text) ?? [];
  if (container === undefined || parsePort(container) === undefined) return false;
  return host === undefined || host === '' || (/^[0-9]{1,5}$/.test(host) && Number(host) <= 65_535);
}
