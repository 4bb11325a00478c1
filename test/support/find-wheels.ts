import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Wheels on this machine by file name: in the folders that PYCONTAINER_WHEELS names, or else where the machine's pip
 * is told to look (find-links, and indexes that are folders). Nothing is fetched.
 */
export function findWheels(names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of names) {
    const path = folders()
      .flatMap((folder) => candidates(folder, name))
      .find((path) => existsSync(path));
    if (path !== undefined) found.set(name, path);
  }
  return found;
}

/** Every wheel of a package that is on this machine, whatever it is for: of one version, or else of all. */
export function findWheelsOf(name: string, version?: string): string[] {
  return folders()
    .flatMap((folder) => wheelsOf(folder, name))
    .filter((path) => {
      const [project = '', release] = basename(path).split('-');
      const isVersion = version === undefined || release === version;
      const isIt = normalized(project) === normalized(name) && isVersion && path.endsWith('.whl');
      return isIt && existsSync(path);
    });
}

function folders(): string[] {
  return process.env['PYCONTAINER_WHEELS']?.split(':') ?? pipFolders();
}

/** In the folder itself, or where a simple index's page of the project points. */
function candidates(folder: string, name: string): string[] {
  if (!existsSync(pageOf(folder, name))) return [join(folder, name)];
  return wheelsOf(folder, name).filter((path) => basename(path) === name);
}

/** Those that a simple index's page of the project points to, or all that lie in a plain folder. */
function wheelsOf(folder: string, name: string): string[] {
  const page = pageOf(folder, name);
  if (!existsSync(page)) return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  const links = [...readFileSync(page, 'utf8').matchAll(/href\s*=\s*["']([^"'#]+)/gi)].map(([, link = '']) => link);
  const urls = links.map((link) => new URL(link, `file://${page}`));
  return urls.filter(({ protocol }) => protocol === 'file:').map((url) => fileURLToPath(url));
}

function pageOf(folder: string, name: string): string {
  return join(folder, normalized(name.endsWith('.whl') ? name.replace(/-.*/, '') : name), 'index.html');
}

function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

function pipFolders(): string[] {
  const settings = ['PIP_FIND_LINKS', 'PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL'].map((name) => process.env[name] ?? '');
  for (const file of pipFiles()) {
    for (const [, value = ''] of read(file).matchAll(
      /^\s*(?:find-links|(?:extra-)?index-url)\s*=((?:.*)(?:\n\s+\S.*)*)/gm,
    )) {
      settings.push(value);
    }
  }
  const places = settings.flatMap((value) => value.split(/\s+/)).filter((place) => place !== '');
  return places.flatMap((place) => {
    if (place.startsWith('file:')) return [fileURLToPath(place)];
    return place.includes('://') ? [] : [place];
  });
}

/** Where pip's settings may stand on this machine, those of the user last. */
export function pipFiles(): string[] {
  const home = homedir();
  const own = process.env['PIP_CONFIG_FILE'];
  const xdg = process.env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const machine = ['/etc/pip.conf', '/etc/xdg/pip/pip.conf'];
  return [...(own === undefined ? [] : [own]), ...machine, join(xdg, 'pip/pip.conf'), join(home, '.pip/pip.conf')];
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
