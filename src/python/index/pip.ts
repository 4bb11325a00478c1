import { existsSync } from 'node:fs';
import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { readText } from '../text.ts';
import { parseAddress } from './address.ts';
import { IniError, parseIni, type IniSection } from './ini.ts';
import { parseSwitch, words, type IndexOptions, type SettingsPlace } from './options.ts';

/** Commands whose sections count; a later one wins over an earlier one, as the section of pip's own command does. */
const sectionNames = ['global', 'download', 'install'];

const keys = [
  'index-url',
  'extra-index-url',
  'find-links',
  'no-index',
  'trusted-host',
  'cert',
  'keyring-provider',
] as const;

/** pip's settings by where they stand. A key that the environment sets is absent from `files`. */
export interface PipOptions {
  readonly environment: IndexOptions;
  readonly files: IndexOptions;
}

/**
 * What pip's settings say. A key is taken whole from the highest place that sets it, as pip does: the machine's files,
 * the user's, the virtual environment's, the file that PIP_CONFIG_FILE names, `PIP_…` variables; within files,
 * `[install]` wins over `[global]` wherever they stand.
 * @throws PycontainerError 'index-settings'
 * @see https://pip.pypa.io/en/stable/topics/configuration/
 */
export async function pipOptions(place: SettingsPlace): Promise<PipOptions> {
  const environment = new Map<string, string>();
  for (const key of keys) {
    const value = place.env[`PIP_${key.toUpperCase().replaceAll('-', '_')}`] ?? '';
    if (value !== '') environment.set(key, value);
  }
  const files = new Map<string, string>();
  const configs = await Promise.all(configFiles(place).map(async (file) => readConfig(file)));
  for (const [key, value] of sectionNames.flatMap((name) =>
    configs.flatMap((config) => [...(config.get(name) ?? [])]),
  )) {
    if (!environment.has(normalizeKey(key))) files.set(normalizeKey(key), value);
  }
  return { environment: asOptions(environment, place), files: asOptions(files, place) };
}

function asOptions(values: ReadonlyMap<string, string>, { cwd, home }: SettingsPlace): IndexOptions {
  const addresses = (key: string) => words(values.get(key)).map((word) => parseAddress(word, cwd, home));
  const cert = values.get('cert')?.trim() ?? '';
  return {
    indexes: addresses('extra-index-url'),
    defaultIndex: addresses('index-url')[0],
    findLinks: addresses('find-links'),
    noIndex: parseSwitch(values.get('no-index')),
    trustedHosts: words(values.get('trusted-host')),
    caFile: cert === '' ? undefined : path.resolve(cwd, cert),
    keyring: values.get('keyring-provider')?.trim() === 'disabled' ? false : undefined,
  };
}

/** Lowest first. */
function configFiles({ env, home, platform = process.platform, systemRoot = '/' }: SettingsPlace): string[] {
  const named = env['PIP_CONFIG_FILE'] ?? '';
  if (named === '/dev/null') return [];
  const mac = platform === 'darwin';
  const shared = mac ? ['/Library/Application Support'] : (env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':');
  const configHome = env['XDG_CONFIG_HOME'] || path.join(home, '.config');
  const venv = env['VIRTUAL_ENV'] ?? '';
  return [
    ...shared.map((folder) => path.join(systemRoot, folder, 'pip/pip.conf')),
    path.join(systemRoot, 'etc/pip.conf'),
    ...(named === '' || !existsSync(named)
      ? [
          path.join(home, '.pip/pip.conf'),
          path.join(configHome, 'pip/pip.conf'),
          ...(mac ? [path.join(home, 'Library/Application Support/pip/pip.conf')] : []),
        ]
      : []),
    ...(venv === '' ? [] : [path.join(venv, 'pip.conf')]),
    ...(named === '' ? [] : [named]),
  ];
}

async function readConfig(file: string): Promise<ReadonlyMap<string, IniSection>> {
  const text = await readText(file, file, 'index-settings');
  try {
    return parseIni(text ?? '');
  } catch (error) {
    if (!(error instanceof IniError)) throw error;
    throw new PycontainerError('index-settings', `${file}: line ${error.line} ${error.message}`, {
      hint: 'pip refuses this file too. Correct it, or set PIP_CONFIG_FILE=/dev/null to pass over all of pip’s files.',
      location: { file, line: error.line, column: 1 },
      cause: error,
    });
  }
}

function normalizeKey(key: string): string {
  return key.toLowerCase().replaceAll('_', '-').replace(/^--/, '');
}
