import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { loadConfig } from '../../config/load.ts';
import { loadSettings } from '../../config/settings.ts';
import type { RegistrySettings, Target } from '../../config/target.ts';
import { withPodmanRules } from '../../registry/podman.ts';
import type { RegistryRules } from '../../registry/rules.ts';
import { counted } from '../../ui/units.ts';
import type { Notebook } from './finding.ts';

export interface SettingsPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}

export interface FoundSettings {
  readonly rules: RegistryRules;
  readonly targets: readonly Target[];
  /** The folder of the manifest; without one, where we are. */
  readonly root: string;
}

/** The manifest, the settings files of user and machine, and Podman's registries.conf; what cannot be read is left out. */
export async function lookAtSettings(notes: Notebook, { env, home, cwd }: SettingsPlaces): Promise<FoundSettings> {
  const tried = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof PycontainerError && error.code === 'manifest-not-found') notes.note('No manifest here');
      else notes.failed(error);
      return undefined;
    }
  };
  const settings = await tried(() => loadSettings(env));
  const config = settings === undefined ? undefined : await tried(() => loadConfig({ cwd, env }));
  if (config?.file !== undefined) notes.ok(`${config.file}: ${counted(config.targets.size, 'target')}`);
  const own: ReadonlyMap<string, RegistrySettings> = config?.registries ?? settings?.registries ?? new Map();
  for (const [host, rule] of own) await lookAtRule(notes, host, rule);
  const rules = (await tried(() => withPodmanRules(own, { env, home }))) ?? own;
  for (const [host, { mirrors = [] }] of rules) {
    const places = mirrors.map((mirror) => (typeof mirror === 'string' ? mirror : mirror.location));
    if (places.length > 0) notes.ok(`${host} is read from ${[...places, host].join(', then ')}`);
  }
  return { rules, targets: [...(config?.targets.values() ?? [])], root: config?.root ?? path.resolve(cwd) };
}

async function lookAtRule(notes: Notebook, host: string, { ca, insecure }: RegistrySettings): Promise<void> {
  if (insecure === true) notes.note(`${host} is not verified: \`insecure\` is set for it`);
  if (ca === undefined) return;
  const isThere = await access(ca, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (isThere) notes.ok(`${host} is trusted by ${ca}`);
  else notes.broken(`${ca}, the \`ca\` of ${host}, cannot be read`, 'Correct the path under `registries`.');
}
