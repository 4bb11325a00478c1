import type { Login } from './address.ts';

/**
 * Reads a netrc file: logins by host, the last entry of a host wins. Quotes, comments and macros as Python's `netrc`
 * module has them; what it would refuse is passed over. A `default` entry is not taken: it belongs to no host, and
 * would be sent to all.
 */
export function parseNetrc(text: string): ReadonlyMap<string, Login> {
  const logins = new Map<string, Login>();
  const words = new Words(text.replaceAll('\r\n', '\n'));
  let host: string | undefined;
  let entry: { user: string; password?: string } = { user: '' };
  const keep = (): void => {
    if (host !== undefined && (entry.user !== '' || entry.password !== undefined)) logins.set(host, entry);
  };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word.startsWith('#')) words.skipLine();
    else if (word === 'macdef') words.skipMacro();
    else if (word === 'machine' || word === 'default') {
      keep();
      host = word === 'machine' ? words.next()?.toLowerCase() : undefined;
      entry = { user: '' };
    } else if (word === 'login' || word === 'user') entry.user = words.next() ?? '';
    else if (word === 'password') entry.password = words.next() ?? '';
    else if (word === 'account') words.next();
  }
  keep();
  return logins;
}

class Words {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(): string | undefined {
    const pattern = /[ \t\n]*(?:"((?:[^"\\]|\\[^])*)"?|([^ \t\n]+))/y;
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return (match[1] ?? match[2] ?? '').replaceAll(/\\([^])/g, '$1');
  }

  skipLine(): void {
    this.skipTo('\n');
  }

  /** A macro ends with an empty line. */
  skipMacro(): void {
    this.skipTo('\n\n');
  }

  private skipTo(end: string): void {
    const found = this.text.indexOf(end, this.at);
    this.at = found === -1 ? this.text.length : found;
  }
}
