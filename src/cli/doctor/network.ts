import { access, constants } from 'node:fs/promises';
import type { Notebook } from './finding.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Proxies and what else than the system's authorities is trusted. */
export async function lookAtNetwork(notes: Notebook, env: Env, certificates: readonly string[]): Promise<void> {
  lookAtProxies(notes, env);
  for (const name of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
    const file = env[name] ?? '';
    if (file === '') continue;
    if (await isReadable(file)) notes.ok(`${name}: ${file} is trusted besides the system's authorities`);
    else notes.broken(`${name}: ${file} cannot be read, and is passed over`, 'Correct the path, or unset it.');
  }
  for (const folder of certificates) {
    if (await isReadable(folder)) notes.ok(`${folder} is looked into for certificates of registries`);
  }
}

function lookAtProxies({ ok, note, broken }: Notebook, env: Env): void {
  let found = false;
  for (const name of ['http_proxy', 'https_proxy']) {
    const upper = name.toUpperCase();
    const value = env[name] || env[upper] || '';
    if (value === '') continue;
    found = true;
    const url = value.includes('://') ? value : `http://${value}`;
    if (URL.canParse(url)) ok(`${upper}: ${url}`);
    else broken(`${upper} is not a URL`, 'A proxy is written as http://host:port.');
  }
  const none = env['no_proxy'] ?? env['NO_PROXY'] ?? '';
  if (found && none !== '') ok(`NO_PROXY: ${none}`);
  if (!found) note('No proxy is set');
}

function isReadable(place: string): Promise<boolean> {
  return access(place, constants.R_OK).then(
    () => true,
    () => false,
  );
}
