import { dockerHub } from '../oci/reference.ts';
import { isLoopback, type Http } from '../http.ts';
import { PycontainerError } from '../errors.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import { isInsecure, type RegistryRules } from './rules.ts';

/** Where a registry's API stands, and what it asks of those who come. */
export interface Endpoint {
  /** `https://registry-1.docker.io` */
  readonly origin: string;
  /** What it asks for right at the door; empty when everyone may come in that far. */
  readonly challenges: readonly Challenge[];
}

/** Finds the API of hosts by asking for `/v2/`, once for each. */
export class Endpoints {
  readonly #http: Http;
  readonly #rules: RegistryRules;
  readonly #known = new Map<string, Promise<Endpoint>>();

  constructor(http: Http, rules: RegistryRules) {
    this.#http = http;
    this.#rules = rules;
  }

  async find(host: string, signal?: AbortSignal): Promise<Endpoint> {
    const known = this.#known.get(host) ?? this.#probe(host, signal);
    this.#known.set(host, known);
    try {
      return await known;
    } catch (error) {
      this.#known.delete(host);
      throw error;
    }
  }

  /** Plain HTTP is tried where settings allow it or the host is this machine, and only when it does not speak TLS. */
  async #probe(host: string, signal: AbortSignal | undefined): Promise<Endpoint> {
    const name = host === dockerHub ? 'registry-1.docker.io' : host;
    const plainAllowed = isInsecure(this.#rules, host) || isLoopback(new URL(`https://${name}`).hostname);
    if (!plainAllowed) return this.#ask(`https://${name}`, signal, true);
    try {
      return await this.#ask(`https://${name}`, signal, false);
    } catch (error) {
      if (!mayBePlain(error)) throw error;
      return this.#ask(`http://${name}`, signal, true);
    }
  }

  async #ask(origin: string, signal: AbortSignal | undefined, retry: boolean): Promise<Endpoint> {
    const response = await this.#http.request(`${origin}/v2/`, { signal, retry });
    await response.drain();
    const own = response.status === 401 && new URL(response.url).origin === origin;
    return { origin, challenges: own ? parseChallenges(response.headers['www-authenticate']) : [] };
  }
}

function mayBePlain(error: unknown): boolean {
  if (!(error instanceof PycontainerError)) return false;
  return error.code === 'network' || (error.code === 'tls' && /does not speak TLS/.test(error.message));
}
