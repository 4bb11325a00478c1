import { stat } from 'node:fs/promises';
import { PycontainerError, systemCode } from '../../errors.ts';
import type { Access } from './access.ts';
import { filenameOf, localPath } from './address.ts';
import type { IndexFile } from './file.ts';
import { listFolder, readPage } from './page.ts';
import { parseHash } from './hashes.ts';

const packageFile = /\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)$/;

/**
 * What a find-links place offers: the files of a folder (not below it, and whatever index.html it holds), the links of
 * a page, or one file.
 * @returns undefined when there is no such place
 * @throws PycontainerError 'index-unreachable', 'offline', 'interrupted'
 */
export async function readLinks(url: string, access: Access): Promise<IndexFile[] | undefined> {
  const folder = localPath(url);
  if (folder !== undefined && (await isFolder(folder))) return listFolder(folder);
  const filename = filenameOf(url);
  if (filename === undefined || !packageFile.test(filename)) return readPage(url, access);
  const place = new URL(url);
  const hash = parseHash(place.hash.slice(1));
  place.hash = '';
  return [{ filename, url: place.href, hashes: hash === undefined ? [] : [hash] }];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false;
    throw new PycontainerError('index-unreachable', `${path} cannot be read (${systemCode(error) ?? 'unknown'})`, {
      hint: 'It is named as a place of find-links.',
      cause: error,
    });
  }
}
