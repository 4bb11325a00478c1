import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { PycontainerError, systemCode } from '../errors.ts';
import { throwInOrder } from './mistakes.ts';
import { asMap, child } from './node.ts';
import { readRegistries } from './registries.ts';
import { settingsTopLevelSchema } from './schema/manifest.ts';
import { SourceText } from './source.ts';
import { validate } from './validate.ts';
import { readYaml } from './yaml.ts';
import type { RegistrySettings } from './target.ts';

/** What a person or a company sets once for all projects. */
export interface Settings {
  /** By host. */
  readonly registries: ReadonlyMap<string, RegistrySettings>;
}

/**
 * Reads `pycontainer/config.yaml` of the machine (XDG_CONFIG_DIRS, default /etc/xdg) and of the user (XDG_CONFIG_HOME,
 * default ~/.config). A host that several files have takes each key from the nearest: the user's before the machine's.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export async function loadSettings(env: Readonly<Record<string, string | undefined>>): Promise<Settings> {
  const registries = new Map<string, RegistrySettings>();
  for (const directory of settingsDirectories(env).toReversed()) {
    for (const [host, settings] of await readSettings(path.join(directory, 'pycontainer', 'config.yaml'), env)) {
      registries.set(host, { ...registries.get(host), ...settings });
    }
  }
  return { registries };
}

/** The nearest first. Relative paths are passed over, as the specification asks. */
function settingsDirectories(env: Readonly<Record<string, string | undefined>>): string[] {
  const home = env['HOME'] || homedir();
  const user = env['XDG_CONFIG_HOME'] || path.join(home, '.config');
  const machine = (env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':');
  return [user, ...machine].filter((directory) => path.isAbsolute(directory));
}

async function readSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, RegistrySettings>> {
  const text = await readIfThere(file);
  if (text === undefined) return new Map();
  const node = readYaml(new SourceText(file, text));
  const errors: PycontainerError[] = [];
  const whole = asMap(node) ?? node;
  validate(settingsTopLevelSchema, whole, file, errors);
  const registries = child(whole, 'registries');
  const read = registries && readRegistries(asMap(registries) ?? registries, env, path.dirname(file), errors);
  throwInOrder(errors);
  return read ?? new Map();
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new PycontainerError('file-unreadable', `${file} cannot be read`, { cause: error });
  }
}
