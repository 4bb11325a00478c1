import type { BaseFolder } from './base.ts';
import type { Directory, Tree } from './tree.ts';

/** Not part of an image: runtimes mount over them. */
const mounted = new Set(['/proc', '/sys', '/dev']);

/**
 * The folders at the root, and below them those that are not plain (0755, of root) or are symlinks to a folder. So a
 * folder below the root that is not listed is plain or not there.
 */
export function foldersOf(tree: Tree): Readonly<Record<string, BaseFolder>> {
  return Object.fromEntries(below(tree, tree.root, ''));
}

function below(tree: Tree, folder: Directory, path: string): [string, BaseFolder][] {
  return [...folder.children]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, node]): [string, BaseFolder][] => {
      const own = `${path}/${name}`;
      if (mounted.has(own)) return [];
      if (node.type === 'symlink') {
        const target = tree.resolve(own);
        return target?.node.type === 'directory' ? [[own, { symlink: target.path }]] : [];
      }
      if (node.type !== 'directory') return [];
      const { mode, uid, gid } = node;
      const isPlain = path !== '' && mode === 0o755 && uid === 0 && gid === 0;
      return [...(isPlain ? [] : [[own, { mode, uid, gid }] as [string, BaseFolder]]), ...below(tree, node, own)];
    });
}
