import { dockerHub } from '../oci/reference.ts';

/** A name without a colon, and its password or access token. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a registry is convinced with. */
export type Credential =
  | ({ readonly kind: 'password' } & Login)
  /** An OAuth2 refresh token, good at the token realm only. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A bearer token, good at the registry itself. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** Where credentials come from. Asked at most once for a repository. */
export interface CredentialSource {
  /** @throws PycontainerError 'credentials-invalid' when there is something, but it cannot be read */
  find(host: string, repository: string): Promise<Credential | undefined>;
}

/** For tests, and for hosts that are asked without a login. */
export const noCredentials: CredentialSource = { find: async () => Promise.resolve(undefined) };

/** What credential helpers and Docker's file call a host: Docker Hub has a name of its own there. */
export function serverName(host: string): string {
  return host === dockerHub ? 'https://index.docker.io/v1/' : host;
}

/** The variable names of a host begin with this: `ghcr.io` → `PYCONTAINER_AUTH_GHCR_IO`. */
export function environmentPrefix(host: string): string {
  return `PYCONTAINER_AUTH_${host
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')}`;
}
