/** Header fields of a METADATA or WHEEL file: the name in lower case, and every value in the file's order. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the header block of an e-mail message, as core metadata and WHEEL are written: `Name: value` lines, a line that
 * begins with a blank continues the last even if nothing else is in it, an empty line ends the block. As in Python's
 * parser, lines without a name and those that begin with `From ` are passed over with what continues them, and other
 * lines end the block too: a byte order mark makes the first line such a one.
 */
export function parseHeaders(text: string): Headers {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const [, line = ''] of text.matchAll(/([^\r\n]*)(?:\r\n|\r|\n|$)/g)) {
    const [, name, value] = /^([\x21-\x39\x3B-\x7E]+):[ \t]*(.*)$/s.exec(line) ?? [];
    if (/^(?:From |:)/.test(line)) {
      last = undefined;
    } else if (name !== undefined && value !== undefined) {
      last = headers.get(name.toLowerCase()) ?? [];
      headers.set(name.toLowerCase(), last);
      last.push(value);
    } else if (/^[ \t]/.test(line)) {
      last?.push(`${last.pop() ?? ''}\n${line.trim()}`);
    } else {
      break;
    }
  }
  return headers;
}

/** The first value of a field, without blanks around it. */
export function header(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.[0]?.trim();
}

/** What core metadata says that an installation needs. */
export interface Metadata {
  /** As written. */
  readonly name: string;
  /** As written. */
  readonly version: string;
  /** PEP 508, unparsed, in the file's order. */
  readonly requiresDist: readonly string[];
  /** PEP 440, unparsed. */
  readonly requiresPython?: string;
  /** As written, in the file's order. */
  readonly providesExtra: readonly string[];
  readonly summary?: string;
  /** An SPDX expression (PEP 639), or else the free text of old metadata when it is one line. */
  readonly license?: string;
}

/** Nothing when the name or the version is missing. */
export function parseMetadata(text: string): Metadata | undefined {
  const headers = parseHeaders(text);
  // pip does not strip the name: with a blank behind it, it is another.
  const name = headers.get('name')?.[0];
  const version = header(headers, 'version');
  if (!name || !version) return undefined;
  const requiresPython = header(headers, 'requires-python');
  const summary = header(headers, 'summary');
  const license = header(headers, 'license-expression') ?? header(headers, 'license');
  return {
    name,
    version,
    requiresDist: unfolded(headers.get('requires-dist')),
    ...(requiresPython && { requiresPython }),
    providesExtra: unfolded(headers.get('provides-extra')),
    ...(summary && { summary }),
    ...(license && !license.includes('\n') && { license }),
  };
}

function unfolded(values: readonly string[] = []): string[] {
  return values.map((value) => value.replaceAll(/\s+/g, ' ').trim()).filter((value) => value !== '');
}
