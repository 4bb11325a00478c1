import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Store } from '../../src/store/store.ts';

/** A store in a folder of its own, removed at the end of the block. */
export async function temporaryStore(): Promise<{ store: Store; folder: string } & AsyncDisposable> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-store-'));
  const store = await Store.open(path.join(folder, 'store'));
  return {
    store,
    folder,
    async [Symbol.asyncDispose]() {
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Names in the store's `tmp/`. */
export function leftovers(store: Store): string[] {
  return fs.readdirSync(path.join(store.directory, 'tmp'));
}
