import { PycontainerError } from '../errors.ts';
import type { Http } from '../http.ts';

/** A door to the network that lets nothing through: every request fails with 'offline'. */
export function closedHttp(): Http {
  return {
    async request(url) {
      throw new PycontainerError('offline', `${new URL(url).host} has something that is not kept here`, {
        hint: 'Run it once without --offline: what is fetched is kept in the store.',
      });
    },
    close: async () => undefined,
  };
}
