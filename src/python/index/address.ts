import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PycontainerError } from '../../errors.ts';

export interface Login {
  readonly user: string;
  /** Absent when only the name is known. */
  readonly password?: string;
}

/** A URL from which the user info has been taken. */
export interface Address {
  /** Without user info; may be shown to people after redaction of its query. */
  readonly url: string;
  readonly login?: Login;
}

/**
 * Reads an index or a find-links place as people write it: an http(s) or file URL, or a path (`~` is the home folder).
 * User info is split off at once, so that no string holds it.
 * @param folder what a relative path is relative to
 * @throws PycontainerError 'index-settings' for other kinds of URL
 */
export function parseAddress(text: string, folder: string, home: string = os.homedir()): Address {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) {
    const file = text === '~' || text.startsWith('~/') ? path.join(home, text.slice(1)) : path.resolve(folder, text);
    return { url: pathToFileURL(file).href };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:', 'file:'].includes(url.protocol)) return splitLogin(url);
  throw new PycontainerError('index-settings', `'${withoutLogin(text)}' cannot be used as a package index`, {
    hint: 'An index or a find-links place is an http, https or file URL, or a path.',
  });
}

/** Takes user info out of a URL. */
export function splitLogin(input: URL | string): Address {
  const url = new URL(input);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { url: url.href };
  const login = { user: decoded(username), ...(password === '' ? {} : { password: decoded(password) }) };
  return { url: url.href, login };
}

/** The decoded last part of a URL's path; undefined when it cannot be the name of a file. */
export function filenameOf(url: string): string | undefined {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  const name = decoded(last);
  return isFilename(name) ? name : undefined;
}

/** Whether a name that came from elsewhere can only be a name, not a path. */
export function isFilename(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return !/^\.{0,2}$|[/\\\u0000-\u001f\u007f]/.test(name);
}

/** The path of a `file:` URL; undefined for other URLs and for those that name no path of this machine. */
export function localPath(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** One spelling for an index, to compare by: no user info, no fragment, no slash at its end. */
export function indexKey(text: string): string {
  const url = new URL(splitLogin(text).url);
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url.href.replace(/\/$/, '');
}

/** The page of a project on an index: the name is put after the path, before any query. */
export function projectUrl(index: string, name: string): string {
  const url = new URL(index);
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}/`;
  return url.href;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutLogin(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//');
}
