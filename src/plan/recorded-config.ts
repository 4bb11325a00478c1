import { fingerprintOf } from './key.ts';
import type { PlatformInputs } from './inputs.ts';

/** Begins the keys whose values may be secrets. */
const secret = 'environment.';

/** What reaches an image's config and manifest, and no layer: as text, by its key in the manifest. */
export function recordedConfig({ settings, annotations }: PlatformInputs): Readonly<Record<string, string>> {
  const { environment, labels, healthcheck, stopSignal, workdir, user, entrypoint, cmd, ports, volumes } = settings;
  const named = (key: string, values: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(values).map(([name, value]) => [`${key}.${name}`, value]);
  const variables = named('environment', environment).map(([key, value]) => [key, fingerprintOf(value)]);
  const single: readonly (readonly [string, unknown])[] = [
    ['cmd', cmd],
    ['entrypoint', entrypoint],
    ['healthcheck', healthcheck],
    ['ports', ports.length === 0 ? undefined : ports],
    ['stop-signal', stopSignal],
    ['user', user],
    ['volumes', volumes.length === 0 ? undefined : volumes],
    ['workdir', workdir],
  ];
  return Object.fromEntries([
    ...variables,
    ...named('labels', labels),
    ...named('annotations', annotations),
    ...single.flatMap(([key, value]) =>
      value === undefined ? [] : [[key, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  ]);
}

/** A recorded value as it may be shown. */
export function shownValue(key: string, value: string | undefined): string {
  if (value === undefined) return 'not set';
  return key.startsWith(secret) ? '***' : value;
}
