import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Wheels on this machine by file name: in the folders that PYCONTAINER_WHEELS names, or else where the machine's pip
 * is told to look (find-links, and indexes that are folders). Nothing is fetched.
 */
export function findWheels(names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const own = process.env['PYCONTAINER_WHEELS'];
  const folders = own === undefined ? pipFolders() : own.split(':');
  for (const name of names) {
    const path = folders.flatMap((folder) => candidates(folder, name)).find((path) => existsSync(path));
    if (path !== undefined) found.set(name, path);
  }
  return found;
}

/** In the folder itself, or where a simple index's page of the project points. */
function candidates(folder: string, name: string): string[] {
  const project =
    name
      .split('-', 1)[0]
      ?.toLowerCase()
      .replaceAll(/[-_.]+/g, '-') ?? '';
  const page = join(folder, project, 'index.html');
  if (!existsSync(page)) return [join(folder, name)];
  const links = [...readFileSync(page, 'utf8').matchAll(/href\s*=\s*["']([^"'#]+)/gi)].map(([, link = '']) => link);
  const own = links.filter((link) => decodeURIComponent(basename(link)) === name);
  return own.map((link) => fileURLToPath(new URL(link, `file://${page}`)));
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

function pipFiles(): string[] {
  const home = homedir();
  const own = process.env['PIP_CONFIG_FILE'];
  const xdg = process.env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const machine = ['/etc/pip.conf', '/etc/xdg/pip/pip.conf'];
  return [...(own === undefined ? [] : [own]), ...machine, join(xdg, 'pip/pip.conf'), join(home, '.pip/pip.conf')];
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
