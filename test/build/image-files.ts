import { extract } from 'tar-stream';
import { type LayoutImage, readLayout } from '../support/layout.ts';
import type { Project } from '../support/project.ts';

/** The image of a target without outputs of its own, digests and sizes asserted. */
export function imageOf(project: Project, target = 'api'): LayoutImage {
  return readLayout(project.path('.pycontainer/images', target));
}

/** What a container sees: path → text, of the image's layers the topmost; links as `-> TARGET`. */
export async function filesOf({ layers }: LayoutImage): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const { tar } of layers) {
    const reader = extract();
    reader.end(tar);
    for await (const entry of reader) {
      const { name, type, linkname } = entry.header;
      const text = Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Buffer>)).toString();
      if (type !== 'directory') files.set(name, linkname ? `-> ${linkname}` : text);
    }
  }
  return files;
}
