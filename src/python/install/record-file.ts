/** One row of a RECORD file: a path, `algorithm=digest` in urlsafe base64 without padding, and a size; '' where open. */
export type RecordRow = readonly [path: string, hash: string, size: string];

/**
 * Reads RECORD (CSV with `,` and `"`). Rows with too few fields are filled with '', further fields are dropped, empty
 * rows too. Gives rows as it reads, so that a caller may stop at too many.
 */
export function* parseRecord(text: string): Generator<RecordRow> {
  for (const fields of csvRows(text)) {
    const [path = '', hash = '', size = ''] = fields;
    if (path !== '' || hash !== '' || size !== '') yield [path, hash, size];
  }
}

/** Writes RECORD: rows in the order of their path's bytes, LF at the end of each, quotes only where they must be. */
export function formatRecord(rows: readonly RecordRow[]): string {
  const sorted = rows.map((row) => ({ row, key: Buffer.from(row[0]) })).sort((a, b) => Buffer.compare(a.key, b.key));
  return sorted.map(({ row }) => `${row.map(quoted).join(',')}\n`).join('');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Most files have no quotes, and then lines and commas are all there is. */
function csvRows(text: string): Iterable<readonly string[]> {
  return text.includes('"') ? quotedRows(text) : plainRows(text);
}

function* plainRows(text: string): Generator<string[]> {
  const breaks = /\r\n|\r|\n/g;
  for (let from = 0; from <= text.length; from = breaks.lastIndex) {
    const end = breaks.exec(text)?.index;
    yield text.slice(from, end).split(',');
    if (end === undefined) return;
  }
}

function* quotedRows(text: string): Generator<string[]> {
  let row: string[] = [];
  let field = '';
  let state: 'plain' | 'quoted' | 'quote-seen' = 'plain';
  for (const [token] of text.matchAll(/"|,|\r\n|\r|\n|[^",\r\n]+/g)) {
    if (state === 'quoted') {
      if (token === '"') state = 'quote-seen';
      else field += token;
    } else if (token === '"' && (state === 'quote-seen' || field === '')) {
      if (state === 'quote-seen') field += '"';
      state = 'quoted';
    } else if (token === ',') {
      row.push(field);
      [field, state] = ['', 'plain'];
    } else if (/^[\r\n]/.test(token)) {
      yield [...row, field];
      [row, field, state] = [[], '', 'plain'];
    } else {
      field += token;
      state = 'plain';
    }
  }
  yield [...row, field];
}
