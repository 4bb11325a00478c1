/** One row of a RECORD file: a path, `algorithm=digest` in urlsafe base64 without padding, and a size; '' where open. */
export type RecordRow = readonly [path: string, hash: string, size: string];

/** Reads RECORD (CSV with `,` and `"`). Rows with too few fields are filled with '', further fields are dropped. */
export function parseRecord(text: string): RecordRow[] {
  return csvRows(text)
    .filter((fields) => fields.some((field) => field !== ''))
    .map(([path = '', hash = '', size = '']) => [path, hash, size] as const);
}

/** Writes RECORD: rows in the order of their path's bytes, LF at the end of each, quotes only where they must be. */
export function formatRecord(rows: readonly RecordRow[]): string {
  const sorted = rows.map((row) => ({ row, key: Buffer.from(row[0]) })).sort((a, b) => Buffer.compare(a.key, b.key));
  return sorted.map(({ row }) => `${row.map(quoted).join(',')}\n`).join('');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function csvRows(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let state: 'plain' | 'quoted' | 'quote-seen' = 'plain';
  for (const [token] of text.matchAll(/"|,|\r\n|\r|\n|[^",\r\n]+/g)) {
    if (state === 'quoted') {
      if (token === '"') state = 'quote-seen';
      else field += token;
    } else if (token === '"' && (state === 'quote-seen' || field === '')) {
      if (state === 'quote-seen') field += '"';
      state = 'quoted';
    } else {
      state = 'plain';
      const ends = token === ',' || /^[\r\n]/.test(token);
      if (ends) rows.at(-1)?.push(field);
      if (ends && token !== ',') rows.push([]);
      field = ends ? '' : field + token;
    }
  }
  rows.at(-1)?.push(field);
  return rows;
}
