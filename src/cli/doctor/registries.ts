import type { Event } from '../../events.ts';
import type { Http } from '../../http.ts';
import { dockerHub, parseReference } from '../../oci/reference.ts';
import type { Target } from '../../config/target.ts';
import { readCredentialFiles, storedCredentials } from '../../registry/credentials.ts';
import { checkLogin } from '../../registry/login.ts';
import type { RegistryRules } from '../../registry/rules.ts';
import type { Notebook } from './finding.ts';

export interface RegistryPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly rules: RegistryRules;
  readonly targets: readonly Target[];
  /** Absent: nothing is asked over the network. */
  readonly http?: Http;
}

/** Where each registry's login comes from; with `http`, whether the registry takes it. */
export async function lookAtRegistries(notes: Notebook, places: RegistryPlaces): Promise<void> {
  const { env, home } = places;
  try {
    const files = await readCredentialFiles({ env, home });
    const kept = files.flatMap(({ named }) => named.map((key) => key.split('/', 1)[0] ?? key));
    const stored = files.some(({ store }) => store !== undefined) ? [dockerHub] : [];
    const hosts = new Set([...hostsOf(places.targets), ...kept, ...stored]);
    if (hosts.size === 0) notes.note('No registry is named here, and no login is kept');
    for (const host of [...hosts].toSorted()) await lookAtHost(host, notes, places);
  } catch (error) {
    notes.failed(error);
  }
}

/** Of bases and of what images are called. A base that is left open is an official image. */
function hostsOf(targets: readonly Target[]): readonly string[] {
  return targets.flatMap(({ base, tags }) => [
    ...(base === undefined ? [dockerHub] : []),
    ...(base?.kind === 'registry' ? [base.reference.host] : []),
    ...tags.map((tag) => parseReference(tag).host),
  ]);
}

async function lookAtHost(host: string, notes: Notebook, { env, home, rules, http }: RegistryPlaces): Promise<void> {
  const warnings: Event[] = [];
  const credentials = storedCredentials({ env, home, emit: (event) => warnings.push(event) });
  try {
    const found = await credentials.locate(host);
    for (const warning of warnings)
      if (warning.type === 'warning') notes.broken(`${host}: ${warning.message}`, warning.hint);
    const who = found?.credential.kind === 'password' ? ` of ${found.credential.username}` : '';
    const login = found === undefined ? 'no login' : `the login${who} from ${found.from}`;
    if (http === undefined) return notes.ok(`${host}: ${login}`);
    const answer = await checkLogin(host, found?.credential, { http, rules });
    if (answer === 'accepted' && found !== undefined) notes.ok(`${host} takes ${login}`);
    else if (answer === 'wanted') notes.note(`${host} answers and wants a login`, `Run \`pycontainer login ${host}\`.`);
    else notes.ok(`${host} answers, with ${login}`);
  } catch (error) {
    notes.failed(error);
  }
}
