import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PycontainerError, systemCode } from '../../errors.ts';
import { get, pageText, refused, type Access } from './access.ts';
import { localPath } from './address.ts';
import type { IndexFile } from './file.ts';
import { acceptPages, parsePage, type Page } from './simple.ts';

/**
 * The files that a page offers, over HTTP or from disk, where a folder without an index.html is a page of its files.
 * User info in their URLs is kept apart, for those files alone.
 * @returns undefined when there is no such page (404, 410, no such file)
 * @throws PycontainerError 'index-unreachable' for every other answer; 'offline'; 'interrupted'
 */
export async function readPage(url: string, access: Access): Promise<IndexFile[] | undefined> {
  if (url.startsWith('file:')) return readLocal(url);
  const page = await fetchPage(url, access);
  if (page === undefined) return undefined;
  return parsePage(page).map((file) => ({ ...file, url: access.credentials.addFile(file.url) }));
}

async function fetchPage(url: string, access: Access): Promise<Page | undefined> {
  const response = await get(url, access, { accept: acceptPages, 'accept-encoding': 'gzip' });
  if (response.status === 404 || response.status === 410) {
    await response.drain();
    return undefined;
  }
  if (response.status !== 200) throw await refused(response, url);
  return { url: response.url, type: response.headers['content-type'] ?? '', text: await pageText(response, url) };
}

async function readLocal(url: string): Promise<IndexFile[] | undefined> {
  const file = localPath(url);
  if (file === undefined) throw new PycontainerError('index-unreachable', `${url} names no path of this machine`);
  try {
    const isFolder = (await stat(file)).isDirectory();
    const page = isFolder ? path.join(file, 'index.html') : file;
    const text = await readFile(page, 'utf8').catch((error: unknown) => {
      if (isFolder && isMissing(error)) return undefined;
      throw error;
    });
    if (text === undefined) return await listFolder(file);
    const type = page.endsWith('.json') ? 'application/json' : 'text/html';
    return parsePage({ url: pathToFileURL(page).href, type, text });
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof PycontainerError) throw error;
    throw new PycontainerError('index-unreachable', `${url} cannot be read (${systemCode(error) ?? 'unknown'})`, {
      cause: error,
    });
  }
}

/** The files that lie in a folder, in the order of their names. */
export async function listFolder(folder: string): Promise<IndexFile[]> {
  const names = await readdir(folder);
  return names.toSorted().map((filename) => ({
    filename,
    url: pathToFileURL(path.join(folder, filename)).href,
    hashes: [],
  }));
}

function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
}
