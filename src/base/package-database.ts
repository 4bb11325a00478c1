import type { Tree } from './tree.ts';

/**
 * Versions of the distribution's packages by name, as installed: dpkg's status file, distroless's status.d, Alpine's and
 * Wolfi's apk. Empty where there is no such database (RPM's is not text).
 */
export function installedPackages(tree: Tree): ReadonlyMap<string, string> {
  const dpkg = [
    '/var/lib/dpkg/status',
    ...tree.list('/var/lib/dpkg/status.d').map(([name]) => `/var/lib/dpkg/status.d/${name}`),
  ];
  const apk = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'];
  const textOf = (path: string): string => tree.file(path)?.node.text ?? '';
  return new Map([
    ...dpkg.flatMap((path) => stanzas(textOf(path), 'Package', 'Version')),
    ...apk.flatMap((path) => stanzas(textOf(path), 'P', 'V')),
  ]);
}

/** The upstream part of a dpkg or apk version: without epoch and revision, pre-releases as Python writes them. */
export function upstreamVersion(version: string): string {
  return version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[~_](?=(a|b|rc)\d)/, '');
}

function stanzas(text: string, nameKey: string, versionKey: string): [string, string][] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((stanza): [string, string][] => {
    const fields = fieldsOf(stanza);
    const name = fields.get(nameKey);
    const version = fields.get(versionKey);
    const status = fields.get('Status') ?? 'installed';
    return name === undefined || version === undefined || !/(^| )installed$/.test(status) ? [] : [[name, version]];
  });
}

function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z-]+):\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], match[2]);
  }
  return fields;
}
