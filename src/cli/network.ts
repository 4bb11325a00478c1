import { homedir } from 'node:os';
import path from 'node:path';
import { PycontainerError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { certificateFolders } from '../http/trust.ts';
import { createHttp, type Http } from '../http.ts';
import { loadConfig } from '../config/load.ts';
import { loadSettings } from '../config/settings.ts';
import type { RegistrySettings } from '../config/target.ts';
import { storedCredentials, type StoredCredentials } from '../registry/credentials.ts';
import { withPodmanRules } from '../registry/podman.ts';
import { type RegistryRules, trustOf } from '../registry/rules.ts';
import type { ConsoleOptions } from './options.ts';

/** What commands need that speak to registries without building anything. To be closed. */
export interface Network extends AsyncDisposable {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly http: Http;
  readonly rules: RegistryRules;
  readonly credentials: StoredCredentials;
}

export async function openNetwork({ directory }: ConsoleOptions, emit: Emit): Promise<Network> {
  const { env } = process;
  const home = env['HOME'] || homedir();
  const rules = await withPodmanRules(await registrySettings(path.resolve(directory ?? '.')), { env, home });
  const http = createHttp({ env, hosts: trustOf(rules), certificates: certificateFolders({ env, home }) });
  const credentials = storedCredentials({ env, home, emit });
  return { env, home, http, rules, credentials, [Symbol.asyncDispose]: async () => http.close() };
}

/** Those of the settings files, and of the manifest where there is one that can be read. */
async function registrySettings(cwd: string): Promise<ReadonlyMap<string, RegistrySettings>> {
  const { env } = process;
  const { registries } = await loadSettings(env);
  try {
    return (await loadConfig({ cwd, env })).registries;
  } catch (error) {
    if (error instanceof PycontainerError) return registries;
    throw error;
  }
}
