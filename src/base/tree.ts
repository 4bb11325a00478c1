import { opaqueWhiteout, whiteoutPrefix } from '../layer/entry.ts';
import type { Binary } from './binary.ts';
import type { LayerFile } from './layer-files.ts';

interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Directory extends Attributes {
  readonly type: 'directory';
  readonly children: Map<string, Node>;
}

export interface File extends Attributes {
  readonly type: 'file';
  /** Where its bytes stand: the layer, counted from the lowest, and the path there. */
  readonly origin: { readonly layer: number; readonly path: string };
  readonly text?: string;
  readonly binary?: Binary;
}

interface Symlink extends Attributes {
  readonly type: 'symlink';
  readonly target: string;
}

export type Node = Directory | File | Symlink | (Attributes & { readonly type: 'other' });

/** Something found by {@link Tree.resolve}, with the absolute path that it really has. */
export interface Resolved<T extends Node = Node> {
  readonly path: string;
  readonly node: T;
}

/** As Linux has it. */
const symlinkLimit = 40;

/**
 * The files of an image: its layers laid over each other.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export class Tree {
  readonly root: Directory = emptyDirectory();
  #layers = 0;

  /**
   * Lays a layer over what is there. Its whiteouts hide what lower layers have, wherever they stand in it, and nothing
   * of its own.
   */
  apply(files: readonly LayerFile[]): void {
    for (const { path } of files) this.#whiteOut(path);
    for (const file of files) {
      if (!isMarker(file.path)) this.#add(file);
    }
    this.#layers += 1;
  }

  /** Follows symlinks, inside the root; undefined when nothing is there or links go in a circle. */
  resolve(path: string): Resolved | undefined {
    return this.#walk(path, true);
  }

  /** What {@link resolve} finds, if it is a file. */
  file(path: string): Resolved<File> | undefined {
    const found = this.resolve(path);
    return found?.node.type === 'file' ? { path: found.path, node: found.node } : undefined;
  }

  /** The folder's children by name, sorted by code units; nothing for what is not a folder. */
  list(path: string): readonly (readonly [string, Node])[] {
    const node = this.resolve(path)?.node;
    return node?.type === 'directory' ? [...node.children].sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  }

  #walk(path: string, followLast: boolean): Resolved | undefined {
    let rest = segments(path);
    let stack: { name: string; node: Node }[] = [];
    let hops = 0;
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === '..') {
        stack.pop();
        continue;
      }
      const folder = stack.at(-1)?.node ?? this.root;
      const node = folder.type === 'directory' ? folder.children.get(name) : undefined;
      if (node === undefined) return undefined;
      if (node.type !== 'symlink' || (rest.length === 0 && !followLast)) {
        stack.push({ name, node });
        continue;
      }
      hops += 1;
      if (hops > symlinkLimit) return undefined;
      if (node.target.startsWith('/')) stack = [];
      rest = [...segments(node.target), ...rest];
    }
    return { path: `/${stack.map((step) => step.name).join('/')}`, node: stack.at(-1)?.node ?? this.root };
  }

  #whiteOut(path: string): void {
    const name = nameOf(path);
    if (!name.startsWith(whiteoutPrefix)) return;
    const folder = this.#walk(parentOf(path), true)?.node;
    if (folder?.type !== 'directory') return;
    if (name === opaqueWhiteout) folder.children.clear();
    else folder.children.delete(name.slice(whiteoutPrefix.length));
  }

  #add(file: LayerFile): void {
    const { mode, uid, gid } = file;
    if (file.path === '') {
      Object.assign(this.root, { mode, uid, gid });
      return;
    }
    const folder = this.#folder(parentOf(file.path));
    const name = nameOf(file.path);
    const node = this.#node(file, folder.children.get(name));
    if (node !== undefined) folder.children.set(name, node);
  }

  /** undefined for a hard link to nothing or to a folder, which no runtime unpacks. */
  #node(file: LayerFile, before: Node | undefined): Node | undefined {
    const { type, mode, uid, gid, target = '', text, binary } = file;
    const attributes = { mode, uid, gid };
    switch (type) {
      case 'directory':
        return { ...attributes, type, children: before?.type === 'directory' ? before.children : new Map() };
      case 'symlink':
        return { ...attributes, type, target };
      case 'hardlink':
        return this.#linked(target);
      case 'file':
        return {
          ...attributes,
          type,
          origin: { layer: this.#layers, path: file.path },
          ...(text === undefined ? {} : { text }),
          ...(binary === undefined ? {} : { binary }),
        };
      case 'other':
        return { ...attributes, type };
    }
  }

  #linked(target: string): Node | undefined {
    const node = this.#walk(target, false)?.node;
    return node?.type === 'directory' ? undefined : node;
  }

  /** The folder at `path`, made where it is missing. A symlink on the way is followed, as containerd unpacks. */
  #folder(path: string): Directory {
    const found = this.#walk(path, true)?.node;
    if (found?.type === 'directory') return found;
    const parent = this.#folder(parentOf(path));
    const folder = emptyDirectory();
    parent.children.set(nameOf(path), folder);
    return folder;
  }
}

/** A whiteout, or what AUFS keeps for itself in folders whose name begins like one. */
function isMarker(path: string): boolean {
  return path.startsWith(whiteoutPrefix) || path.includes(`/${whiteoutPrefix}`);
}

function emptyDirectory(): Directory {
  return { type: 'directory', mode: 0o755, uid: 0, gid: 0, children: new Map() };
}

function segments(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
