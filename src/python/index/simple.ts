import { PycontainerError } from '../../errors.ts';
import { filenameOf, isFilename } from './address.ts';
import type { IndexFile } from './file.ts';
import { parseHash } from './hashes.ts';
import { startTags } from './html.ts';

/** What is asked for: JSON first (PEP 691); the other forms are for indexes that do not have it. */
export const acceptPages =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.3, text/html;q=0.1';

const jsonType = /^application\/(?:vnd\.pypi\.simple\.v[0-9]+\+)?json$/;
const htmlType = /^(?:text\/html|application\/(?:vnd\.pypi\.simple\.v[0-9]+\+html|xhtml\+xml))$/;

/** A page of an index as it was answered. */
export interface Page {
  /** Where it came from in the end; links are relative to it. */
  readonly url: string;
  /** The Content-Type. */
  readonly type: string;
  readonly text: string;
}

/**
 * The files that a page offers, in its order. An entry that cannot be used (another scheme, a name that is a path, a
 * `file:` URL on a page that is not local itself) is passed over.
 * @throws PycontainerError 'index-unreachable' for what is no such page, or one of a version above 1
 */
export function parsePage(page: Page): IndexFile[] {
  const type = (page.type.split(';')[0] ?? '').trim().toLowerCase();
  if (jsonType.test(type)) return parseJsonPage(page);
  if (htmlType.test(type)) return parseHtmlPage(page);
  throw unusable(page, type === '' ? 'answered without a Content-Type' : `answered with ${type}`);
}

/** @see https://packaging.python.org/en/latest/specifications/simple-repository-api/#json-serialization */
function parseJsonPage(page: Page): IndexFile[] {
  const answer = objectOf(parsedJson(page));
  const version = objectOf(answer?.['meta'])?.['api-version'];
  checkVersion(page, typeof version === 'string' ? version : '1.0');
  const files = answer?.['files'];
  if (!Array.isArray(files)) throw unusable(page, 'answered with JSON that has no list of files');
  return files.flatMap((entry) => fileOfJson(page, objectOf(entry)) ?? []);
}

function fileOfJson(page: Page, entry: Readonly<Record<string, unknown>> | undefined): IndexFile | undefined {
  const { filename, url, hashes, yanked, size } = entry ?? {};
  if (typeof filename !== 'string' || !isFilename(filename) || typeof url !== 'string') return undefined;
  const place = resolve(page, url, page.url);
  if (place === undefined) return undefined;
  const metadata = entry?.['core-metadata'] ?? entry?.['data-dist-info-metadata'];
  return fileOf({
    filename,
    place,
    hashes: Object.entries(objectOf(hashes) ?? {}).map(([name, hex]) => `${name}:${String(hex)}`),
    requiresPython: textOf(entry?.['requires-python']),
    yanked: yanked === true ? '' : textOf(yanked),
    sizeBytes: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    coreMetadata: metadata === true || objectOf(metadata) !== undefined,
    uploadTime: textOf(entry?.['upload-time']),
  });
}

/** @see https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api */
function parseHtmlPage(page: Page): IndexFile[] {
  const files: IndexFile[] = [];
  let base: string | undefined;
  for (const { name, attributes } of startTags(page.text)) {
    const href = attributes.get('href');
    if (name === 'base' && href !== undefined)
      base ??= URL.canParse(href, page.url) ? new URL(href, page.url).href : undefined;
    if (name === 'meta' && attributes.get('name') === 'pypi:repository-version') {
      checkVersion(page, attributes.get('content') ?? '');
    }
    const place = name === 'a' && href !== undefined ? resolve(page, href.trim(), base ?? page.url) : undefined;
    const filename = place === undefined ? undefined : filenameOf(place.href);
    if (place === undefined || filename === undefined || !/\.[a-z0-9]+$/i.test(filename)) continue;
    const metadata = attributes.get('data-core-metadata') ?? attributes.get('data-dist-info-metadata');
    files.push(
      fileOf({
        filename,
        place,
        hashes: place.hash.slice(1).split('&'),
        requiresPython: attributes.get('data-requires-python'),
        yanked: attributes.get('data-yanked'),
        coreMetadata: metadata !== undefined && metadata !== 'false',
      }),
    );
  }
  return files;
}

interface FoundFile {
  readonly filename: string;
  readonly place: URL;
  readonly hashes: readonly string[];
  readonly requiresPython?: string | undefined;
  readonly yanked?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly coreMetadata?: boolean | undefined;
  readonly uploadTime?: string | undefined;
}

function fileOf({
  filename,
  place,
  hashes,
  requiresPython,
  yanked,
  sizeBytes,
  coreMetadata,
  uploadTime,
}: FoundFile): IndexFile {
  const url = new URL(place);
  url.hash = '';
  return {
    filename,
    url: url.href,
    hashes: hashes.flatMap((hash) => parseHash(hash) ?? []),
    ...(requiresPython === undefined || requiresPython.trim() === '' ? {} : { requiresPython }),
    ...(yanked === undefined ? {} : { yanked }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(coreMetadata === true ? { coreMetadata } : {}),
    ...(uploadTime === undefined ? {} : { uploadTime }),
  };
}

/** A page from the network must not point into this machine's files. */
function resolve(page: Page, href: string, base: string): URL | undefined {
  if (!URL.canParse(href, base)) return undefined;
  const url = new URL(href, base);
  if (url.protocol === 'file:') return page.url.startsWith('file:') ? url : undefined;
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}

function parsedJson(page: Page): unknown {
  try {
    return JSON.parse(page.text);
  } catch (cause) {
    throw unusable(page, 'answered with JSON that cannot be read', cause);
  }
}

function checkVersion(page: Page, version: string): void {
  if (/^1(?:\.|$)/.test(version)) return;
  throw unusable(page, `speaks version ${version.slice(0, 20)} of the simple API, of which only version 1 is known`);
}

function unusable({ url }: Page, what: string, cause?: unknown): PycontainerError {
  return new PycontainerError('index-unreachable', `${url} ${what}`, {
    hint: 'An index is named by the URL of its simple API, such as https://pypi.org/simple.',
    cause,
  });
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
