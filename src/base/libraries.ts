import type { Tree } from './tree.ts';

const usual: readonly string[] = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/lib32', '/usr/lib32', '/usr/local/lib'];

/**
 * Folders that the loader looks in, without RPATH: the usual ones, Debian's one per architecture, and those that
 * /etc/ld.so.conf, its conf.d and /etc/ld-musl-*.path name. Absolute, as written, each once.
 */
export function libraryFolders(tree: Tree): readonly string[] {
  const multiarch = ['/lib', '/usr/lib', '/usr/local/lib'].flatMap((folder) =>
    tree
      .list(folder)
      .map(([name]) => `${folder}/${name}`)
      .filter((path) => /\/[a-z0-9_]+-linux-[a-z0-9_]+$/.test(path)),
  );
  const named = configFiles(tree).flatMap((path) => foldersIn(tree.file(path)?.node.text ?? ''));
  return [...new Set([...multiarch, ...usual, ...named])];
}

/** File names of the shared libraries there, sorted by code units; links to nothing are left out. */
export function sharedLibraries(tree: Tree, folders: readonly string[]): readonly string[] {
  const names = folders.flatMap((folder) =>
    tree
      .list(folder)
      .map(([name]) => name)
      .filter((name) => /\.so(\.|$)/.test(name) && tree.file(`${folder}/${name}`) !== undefined),
  );
  return [...new Set(names)].sort();
}

function configFiles(tree: Tree): readonly string[] {
  const parts = tree.list('/etc/ld.so.conf.d').map(([name]) => `/etc/ld.so.conf.d/${name}`);
  const musl = tree.list('/etc').flatMap(([name]) => (/^ld-musl-.+\.path$/.test(name) ? [`/etc/${name}`] : []));
  return ['/etc/ld.so.conf', ...parts.filter((path) => path.endsWith('.conf')), ...musl];
}

function foldersIn(text: string): readonly string[] {
  return text
    .split(/[\n:]/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line.startsWith('/'));
}
