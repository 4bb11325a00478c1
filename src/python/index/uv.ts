import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import type { Table } from '../table.ts';
import { readText } from '../text.ts';
import { parseToml } from '../toml.ts';
import { parseAddress, type Address } from './address.ts';
import { parseSwitch, words, type IndexOption, type IndexOptions, type SettingsPlace } from './options.ts';

/** What uv's environment variables say. @throws PycontainerError 'index-settings' */
export function uvEnvironmentOptions({ env, cwd, home }: SettingsPlace): IndexOptions {
  const address = (text: string): Address => parseAddress(text.trim(), cwd, home);
  const named = (text: string): IndexOption => {
    const [, name, rest] = /^([A-Za-z0-9_.-]+)=(.+)$/.exec(text) ?? [];
    return name === undefined || rest === undefined ? address(text) : { name, ...address(rest) };
  };
  const single = env['UV_DEFAULT_INDEX'] || env['UV_INDEX_URL'] || '';
  return {
    indexes: [...words(env['UV_INDEX']).map(named), ...words(env['UV_EXTRA_INDEX_URL']).map(named)],
    defaultIndex: single === '' ? undefined : named(single),
    findLinks: (env['UV_FIND_LINKS'] ?? '')
      .split(',')
      .filter((text) => text.trim() !== '')
      .map(address),
    noIndex: parseSwitch(env['UV_NO_INDEX']),
    offline: parseSwitch(env['UV_OFFLINE']),
    trustedHosts: words(env['UV_INSECURE_HOST']),
    keyring: env['UV_KEYRING_PROVIDER'] === 'disabled' ? false : undefined,
  };
}

/**
 * What uv's files say, nearest first: `uv.toml` or `[tool.uv]` of pyproject.toml from `folder` up to `root`, then the
 * user's uv.toml, then the machine's. UV_CONFIG_FILE stands for all of them; UV_NO_CONFIG leaves all out.
 * @throws PycontainerError 'index-settings'
 * @see https://docs.astral.sh/uv/concepts/configuration-files/
 */
export async function uvFileOptions(
  place: SettingsPlace,
  folder: string,
  root: string,
): Promise<{ project: IndexOptions[]; user: IndexOptions[]; machine: IndexOptions[] }> {
  const { env, home, cwd, systemRoot = '/' } = place;
  const named = env['UV_CONFIG_FILE'] ?? '';
  if (named !== '') return { project: await settingsFile(path.resolve(cwd, named), place), user: [], machine: [] };
  if (parseSwitch(env['UV_NO_CONFIG']) === true) return { project: [], user: [], machine: [] };
  const project: IndexOptions[] = [];
  for (const at of foldersUp(folder, root)) {
    const own = await settingsFile(path.join(at, 'uv.toml'), place);
    project.push(...(own.length > 0 ? own : await projectFile(path.join(at, 'pyproject.toml'), place)));
  }
  const user = await settingsFile(path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'uv/uv.toml'), place);
  const shared = [...(env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':'), '/etc'];
  for (const at of shared) {
    const machine = await settingsFile(path.join(systemRoot, at, 'uv/uv.toml'), place);
    if (machine.length > 0) return { project, user, machine };
  }
  return { project, user, machine: [] };
}

async function settingsFile(file: string, place: SettingsPlace): Promise<IndexOptions[]> {
  const table = await readToml(file);
  return table === undefined ? [] : [asOptions(table, path.dirname(file), place)];
}

async function projectFile(file: string, place: SettingsPlace): Promise<IndexOptions[]> {
  const table = (await readToml(file))?.table('tool')?.table('uv');
  return table === undefined ? [] : [asOptions(table, path.dirname(file), place)];
}

function asOptions(table: Table, folder: string, { home }: SettingsPlace): IndexOptions {
  const address = (text: string): Address => parseAddress(text, folder, home);
  const entries = table.tables('index').map((entry) => {
    const name = entry.string('name');
    return {
      ...(name === undefined ? {} : { name }),
      ...address(entry.requiredString('url')),
      explicit: entry.boolean('explicit') ?? false,
      flat: entry.string('format') === 'flat',
      last: entry.boolean('default') ?? false,
    };
  });
  const single = table.string('index-url');
  return {
    indexes: [...entries.filter(({ flat, last }) => !flat && !last), ...table.strings('extra-index-url').map(address)],
    defaultIndex: entries.find(({ last }) => last) ?? (single === undefined ? undefined : address(single)),
    findLinks: [
      ...entries.filter(({ flat, explicit }) => flat && !explicit),
      ...table.strings('find-links').map(address),
    ],
    noIndex: table.boolean('no-index'),
    offline: table.boolean('offline'),
    trustedHosts: table.strings('allow-insecure-host'),
    keyring: table.string('keyring-provider') === 'disabled' ? false : undefined,
  };
}

async function readToml(file: string): Promise<Table | undefined> {
  const text = await readText(file, file, 'index-settings');
  if (text === undefined) return undefined;
  try {
    return parseToml(text, file, 'index-settings');
  } catch (error) {
    throw error instanceof PycontainerError ? withoutLine(error) : error;
  }
}

/** The line itself could hold a password. */
function withoutLine(error: PycontainerError): PycontainerError {
  if (error.location === undefined) return error;
  const { file, line, column } = error.location;
  return new PycontainerError(error.code, error.message, { hint: error.hint, location: { file, line, column } });
}

/** `folder` and its parents up to and including `root`; `folder` alone when it is not below `root`. */
function foldersUp(folder: string, root: string): string[] {
  const folders = [folder];
  for (let at = folder; at !== root;) {
    const parent = path.dirname(at);
    if (parent === at) return [folder];
    folders.push(parent);
    at = parent;
  }
  return folders;
}
