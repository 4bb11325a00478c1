import { PycontainerError } from '../errors.ts';
import { tarEntries } from '../layer/read.ts';
import { type Digest, hexOf } from '../oci/digest.ts';
import type { Base } from './base.ts';
import { baseTree } from './facts.ts';
import { layerTar } from './layer-files.ts';
import type { BaseSources } from './sources.ts';
import type { File, Node, Tree } from './tree.ts';

/** A file, folder or link of a base, whose bytes stand in the store. */
export interface CopiedFile {
  /** Relative to what was asked for; empty when that is a file itself. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  /** 0 for folders and links. */
  readonly sizeBytes: number;
  /** Of files: the blob that has the bytes. */
  readonly digest?: Digest;
  /** Of links: as stored. */
  readonly target?: string;
}

/** Changes with the shape of CopiedFile. */
const format = '1';

type Found = Omit<CopiedFile, 'sizeBytes' | 'digest'> & { readonly origin?: File['origin'] };

/**
 * Takes a path out of a base, a folder with all that is below it, as COPY --from does: links on the way are followed,
 * links below stay links. Kept in the store; only the layers that have the bytes are read. Devices are passed over.
 * Throws 'file-unreadable' when nothing is there.
 */
export async function copyFromBase(base: Base, src: string, sources: BaseSources): Promise<readonly CopiedFile[]> {
  const key = JSON.stringify([format, base.digest, src]);
  const known = await sources.store.getResult<readonly CopiedFile[]>('base-copy', key);
  if (known !== undefined) return known;
  const found = collect(await baseTree(base, sources), src, base.text);
  const bytes = await readContents(base, found, sources);
  const copied = found.map(({ origin, ...file }): CopiedFile => {
    const blob = origin === undefined ? undefined : bytes.get(`${origin.layer} ${origin.path}`);
    return blob === undefined ? { ...file, sizeBytes: 0 } : { ...file, ...blob };
  });
  await sources.store.putResult(
    'base-copy',
    key,
    copied,
    copied.flatMap(({ digest }) => digest ?? []),
  );
  return copied;
}

function collect(tree: Tree, src: string, text: string): readonly Found[] {
  const start = tree.resolve(src);
  if (start === undefined) {
    throw new PycontainerError('file-unreadable', `files: ${text} has no ${src}`, {
      hint: 'The path in `src` is absolute in the image that `from` names.',
    });
  }
  const found: Found[] = [];
  const visit = (node: Node, path: string): void => {
    if (node.type === 'other') return;
    const common = { path, type: node.type, mode: node.mode };
    if (node.type === 'symlink') found.push({ ...common, target: node.target });
    else if (node.type === 'file') found.push({ ...common, origin: node.origin });
    else {
      found.push(common);
      for (const [name, child] of node.children) visit(child, path === '' ? name : `${path}/${name}`);
    }
  };
  visit(start.node, '');
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Digest and size by `layer path`. */
async function readContents(
  base: Base,
  found: readonly Found[],
  sources: BaseSources,
): Promise<ReadonlyMap<string, { readonly digest: Digest; readonly sizeBytes: number }>> {
  const contents = new Map<string, { digest: Digest; sizeBytes: number }>();
  const origins = found.flatMap(({ origin }) => origin ?? []);
  for (const [index, wanted] of Map.groupBy(origins, ({ layer }) => layer)) {
    const layer = base.layers[index];
    if (layer === undefined) throw new PycontainerError('internal', `${base.text} has no layer ${index}`);
    const paths = new Set(wanted.map(({ path }) => path));
    for await (const { header, body } of tarEntries(layerTar(layer, sources))) {
      if (header.type !== 'file' || !paths.has(header.path)) continue;
      contents.set(`${index} ${header.path}`, await sources.store.putStream(body));
    }
  }
  return contents;
}

/** sha256 in hex of a copied file's bytes. */
export function copiedSha256({ digest }: CopiedFile): string | undefined {
  return digest === undefined ? undefined : hexOf(digest);
}
