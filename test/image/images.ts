import path from 'node:path';
import type { Base } from '../../src/base/base.ts';
import { openAny } from '../../src/base/open.ts';
import { addImage, emptyBlobs, type TestImage, writeLayout } from '../base/image.ts';
import type { TestSources } from '../base/sources.ts';

let count = 0;

/** Opens an image that is written as a layout of its own. */
export async function opened(image: TestImage, { sources, folder }: TestSources): Promise<Base> {
  const blobs = emptyBlobs();
  count += 1;
  const layout = writeLayout(path.join(folder, `image-${count}`), blobs, [await addImage(blobs, image)]);
  return openAny({ kind: 'oci', path: layout }, `image ${count}`, undefined, sources);
}
