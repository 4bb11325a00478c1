/** What another tool's file says, in the manifest's words. */
export interface Draft {
  /** The name that it gives the image. */
  readonly name?: string;
  /** Its name, for people. */
  readonly source: string;
  /** By the manifest's key, as written there but with every dollar meant as such. */
  readonly settings: Settings;
  /** What could not be carried over, and what to do instead; a sentence each. */
  readonly lost: readonly string[];
}

export type Settings = Readonly<Partial<Record<SettingKey, SettingValue>>>;

/** In the order in which they are written. */
export const settingKeys = [
  'base',
  'context',
  'platforms',
  'tags',
  'dependencies',
  'exclude',
  'files',
  'environment',
  'workdir',
  'user',
  'entrypoint',
  'cmd',
  'ports',
  'run',
  'volumes',
  'labels',
  'stop-signal',
  'healthcheck',
] as const;

export type SettingKey = (typeof settingKeys)[number];

export type SettingValue =
  | string
  | number
  | boolean
  | readonly SettingValue[]
  | { readonly [key: string]: SettingValue };
