import type { Digest } from './digest.ts';

/** Where an image is named. @see https://github.com/distribution/reference */
export interface Reference {
  /** Domain and port as the user means them; `docker.io` for short names. */
  readonly host: string;
  /** Path below the host; `library/` added for Docker Hub's short names. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}
