/** Keys and values of one section, keys in lower case. */
export type IniSection = ReadonlyMap<string, string>;

/** A line that neither begins a section nor sets a key. */
export class IniError extends Error {
  /** From 1. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'IniError';
    this.line = line;
  }
}

/**
 * Reads INI as Python's RawConfigParser does for pip: `key = value` or `key: value`; a line that is indented more than
 * its key continues the value, empty lines within it included; `#` and `;` begin a comment only where a line begins;
 * nothing is interpolated. A key or section that comes twice is taken from the later one.
 * @throws IniError
 */
export function parseIni(text: string): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let open: { key: string; indent: number } | undefined;
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const indent = line.length - line.trimStart().length;
    if (section !== undefined && open !== undefined && indent > open.indent) {
      section.set(open.key, `${section.get(open.key) ?? ''}\n${content}`);
      continue;
    }
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>();
      sections.set(header, section);
      open = undefined;
      continue;
    }
    const [, key, value] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(content) ?? [];
    if (section === undefined) throw new IniError('stands before the first [section]', index + 1);
    if (key === undefined || value === undefined) throw new IniError('is not "key = value"', index + 1);
    open = { key: key.toLowerCase(), indent };
    section.set(open.key, value);
  }
  return sections;
}
