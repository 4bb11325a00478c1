import type { Address } from './address.ts';

/** One index as some place of settings names it. */
export interface IndexOption extends Address {
  readonly name?: string;
  /** Asked only for packages whose lock names it. */
  readonly explicit?: boolean;
}

/** What one place of settings (a file, the environment, a requirements.txt) says about indexes. */
export interface IndexOptions {
  /** Asked before the default index, in this order. */
  readonly indexes?: readonly IndexOption[];
  /** Asked last; takes the place of pypi.org. */
  readonly defaultIndex?: IndexOption | undefined;
  readonly findLinks?: readonly Address[];
  /** No index at all is asked, only find-links. */
  readonly noIndex?: boolean | undefined;
  readonly offline?: boolean | undefined;
  /** `host` or `host:port` whose certificate is not checked. */
  readonly trustedHosts?: readonly string[];
  /** PEM file that is trusted besides the system's, absolute. */
  readonly caFile?: string | undefined;
  /** `false`: the keyring's command line must not be run. */
  readonly keyring?: boolean | undefined;
}

/** Environment, folders and host: what settings depend on besides files. */
export interface SettingsPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly home: string;
  /** Absolute; relative paths in the environment and in pip.conf are relative to it. */
  readonly cwd: string;
  /** Default: the host's. */
  readonly platform?: NodeJS.Platform;
  /** Where the machine's settings are looked for; default `/`. For tests. */
  readonly systemRoot?: string;
}

/** Reads the yes-or-no words of pip and uv; undefined for others. */
export function parseSwitch(text: string | undefined): boolean | undefined {
  const word = text?.trim().toLowerCase() ?? '';
  if (['1', 'true', 'yes', 'on', 'y', 't'].includes(word)) return true;
  if (['0', 'false', 'no', 'off', 'n', 'f'].includes(word)) return false;
  return undefined;
}

export function words(text: string | undefined): string[] {
  return text?.split(/\s+/).filter((word) => word !== '') ?? [];
}
