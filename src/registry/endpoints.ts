import { isLoopback, type Http, type HttpResponse } from '../http.ts';
import { PycontainerError } from '../errors.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import { apiHost, isInsecure, type RegistryRules } from './rules.ts';

/** Where a registry's API stands, and what it asks of those who come. */
export interface Endpoint {
  /** `https://registry-1.docker.io` */
  readonly origin: string;
  /** What it asks for right at the door; empty when everyone may come in that far. */
  readonly challenges: readonly Challenge[];
}

/** Finds the API of hosts by asking for `/v2/`, once for each: shared by all who wait, so nobody's signal ends it. */
export class Endpoints {
  readonly #http: Http;
  readonly #rules: RegistryRules;
  readonly #known = new Map<string, Promise<Endpoint>>();

  constructor(http: Http, rules: RegistryRules) {
    this.#http = http;
    this.#rules = rules;
  }

  async find(host: string): Promise<Endpoint> {
    const known = this.#known.get(host) ?? this.#probe(host);
    this.#known.set(host, known);
    try {
      return await known;
    } catch (error) {
      this.#known.delete(host);
      throw error;
    }
  }

  /**
   * HTTPS, but for hosts that settings call insecure, and this machine: there plain HTTP will do. On this machine it is
   * tried first, since nearly all registries there speak it; a TLS server answers 400 or breaks off.
   */
  async #probe(host: string): Promise<Endpoint> {
    const name = apiHost(host);
    const isHere = isLoopback(new URL(`https://${name}`).hostname);
    if (!isHere && !isInsecure(this.#rules, host)) return endpointOf(await this.#ask(`https://${name}`, true));
    const schemes = isHere ? ['http', 'https'] : ['https', 'http'];
    let wantsTls = false;
    let failure: unknown;
    for (const scheme of schemes) {
      const probe = await this.#ask(`${scheme}://${name}`, false).catch((error: unknown) => {
        if (isFinal(error)) throw error;
        failure = error;
        return undefined;
      });
      wantsTls ||= scheme === 'http' && probe?.status === 400;
      if (probe !== undefined && probe.status < 500 && (probe.status !== 400 || scheme === 'https'))
        return endpointOf(probe);
    }
    if (wantsTls && failure !== undefined) throw failure;
    return endpointOf(await this.#ask(`${schemes[0]}://${name}`, true));
  }

  async #ask(origin: string, retry: boolean): Promise<Probe> {
    const response = await this.#http.request(`${origin}/v2/`, { retry });
    await response.drain();
    return { origin, status: response.status, response };
  }
}

interface Probe {
  readonly origin: string;
  readonly status: number;
  readonly response: HttpResponse;
}

/** Only the host's own 401 counts, not that of a place it redirects to. */
function endpointOf({ origin, status, response }: Probe): Endpoint {
  const isOwn = status === 401 && new URL(response.url).origin === origin;
  return { origin, challenges: isOwn ? parseChallenges(response.headers['www-authenticate']) : [] };
}

/** Whether the other scheme need not be tried: a certificate that is not trusted is no reason to go without. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof PycontainerError)) return true;
  return error.code !== 'network' && !(error.code === 'tls' && /does not speak TLS/.test(error.message));
}
