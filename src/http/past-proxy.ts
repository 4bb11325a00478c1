import { BlockList, isIP } from 'node:net';

/**
 * Whether NO_PROXY lists the address of a URL in a network (`10.0.0.0/8`, `fd00::/8`); names, and addresses alone, undici
 * matches itself.
 */
export function isInNetwork(hostname: string, noProxy: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  if (family === 0) return false;
  const networks = new BlockList();
  for (const entry of noProxy.split(/[\s,]+/)) {
    const [network = '', bits = ''] = entry.split('/');
    const most = isIP(network) === 4 ? 32 : 128;
    if (isIP(network) === family && /^\d+$/.test(bits) && Number(bits) <= most) {
      networks.addSubnet(network, Number(bits), typeOf(family));
    }
  }
  return networks.check(address, typeOf(family));
}

function typeOf(family: number): 'ipv4' | 'ipv6' {
  return family === 4 ? 'ipv4' : 'ipv6';
}
