import { splitLogin, type Address, type Login } from './address.ts';
import type { Keyring } from './keyring.ts';

export interface CredentialSources {
  /** By host, in lower case and without a port. */
  readonly netrc?: ReadonlyMap<string, Login>;
  readonly keyring?: Keyring;
}

/**
 * Who logs in where. A login goes to the origin (scheme, host, port) that its own URL names, one of netrc to its host,
 * and nowhere else. Nothing here can be printed: all fields are private.
 */
export class Credentials {
  readonly #places: Place[] = [];
  readonly #netrc: ReadonlyMap<string, Login>;
  readonly #keyring: Keyring | undefined;

  constructor({ netrc = new Map(), keyring }: CredentialSources = {}) {
    this.#netrc = netrc;
    this.#keyring = keyring;
  }

  /** Makes an index known. Its login, if it has one, counts for its whole origin. */
  addIndex({ url, login }: Address): void {
    this.#places.push({ url: new URL(url), login, whole: true });
  }

  /** Takes user info out of the URL of one file and keeps it for that file alone. Idempotent. */
  addFile(text: string): string {
    const { url, login } = splitLogin(text);
    if (login !== undefined && this.#exact(url) === undefined) {
      this.#places.push({ url: new URL(url), login, whole: false });
    }
    return url;
  }

  /** The Authorization header for a request, from what is known without being asked for. */
  async header(text: string): Promise<string | undefined> {
    const login = await this.#known(new URL(text));
    return login === undefined ? undefined : basic(login);
  }

  /** After a 401: asks the keyring. undefined when it knows nothing that was not sent before. */
  async headerAfterRefusal(text: string, sent: string | undefined): Promise<string | undefined> {
    const url = new URL(text);
    const login = await this.#fromKeyring(url, this.#login(url)?.user);
    const header = login === undefined ? undefined : basic(login);
    return header === sent ? undefined : header;
  }

  async #known(url: URL): Promise<Login | undefined> {
    const login = this.#login(url);
    const kept = this.#netrc.get(url.hostname);
    if (login === undefined) return kept;
    if (login.password !== undefined) return login;
    if (kept !== undefined && kept.user === login.user) return kept;
    return (await this.#fromKeyring(url, login.user)) ?? login;
  }

  /** The login of the exact file, else of the index whose path has most in common. */
  #login(url: URL): Login | undefined {
    return this.#exact(url.href) ?? this.#nearest(url, (place) => place.login !== undefined)?.login;
  }

  #exact(url: string): Login | undefined {
    return this.#places.find((place) => !place.whole && place.url.href === url)?.login;
  }

  #nearest(url: URL, fits: (place: Place) => boolean): Place | undefined {
    const places = this.#places.filter((place) => place.whole && place.url.origin === url.origin && fits(place));
    const ranked = places.map((place) => ({ place, common: commonSegments(place.url, url) }));
    return ranked.toSorted((a, b) => b.common - a.common)[0]?.place;
  }

  /** As pip asks: for the index, then for its host. */
  async #fromKeyring(url: URL, user: string | undefined): Promise<Login | undefined> {
    if (this.#keyring === undefined) return undefined;
    const index = this.#nearest(url, () => true);
    for (const service of index === undefined ? [url.host] : [index.url.href, url.host]) {
      const login = await this.#keyring.get(service, user);
      if (login !== undefined) return login;
    }
    return undefined;
  }
}

interface Place {
  readonly url: URL;
  readonly login: Login | undefined;
  /** Counts for all of the origin, not for this URL alone. */
  readonly whole: boolean;
}

function commonSegments(a: URL, b: URL): number {
  const left = a.pathname.split('/');
  const right = b.pathname.split('/');
  const differs = left.findIndex((segment, index) => segment !== right[index]);
  return differs === -1 ? left.length : differs;
}

function basic({ user, password = '' }: Login): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
