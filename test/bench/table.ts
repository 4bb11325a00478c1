import { type Measured, median } from './measured.ts';

/** A Markdown table that can be read as it stands too: columns are padded, all but the first to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/**
 * Medians with the fastest and slowest run, and how many times as long as the first job each took; below it, why jobs
 * failed.
 */
export function timesTable(title: string, results: readonly Measured[]): string {
  const [first] = results;
  const own = median(first?.times ?? []);
  const table = markdownTable(
    [title, 'median', 'from–to', '×'],
    results.map((result) => timesRow(result, own)),
  );
  return [table, ...failures(results)].join('\n\n');
}

/** A line for each job that failed. */
export function failures(results: readonly Measured[]): readonly string[] {
  return results.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`${name} failed: ${failure.replaceAll(/\s+/g, ' ').slice(-300)}`],
  );
}

function timesRow({ name, times, failure }: Measured, first: number | undefined): readonly string[] {
  const middle = median(times);
  if (middle === undefined) return [name, failure === undefined ? '–' : 'failed', '–', '–'];
  const range = `${milliseconds(Math.min(...times))}–${milliseconds(Math.max(...times))}`;
  return [name, milliseconds(middle), range, first === undefined ? '–' : (middle / first).toFixed(2)];
}

export function milliseconds(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(ms < 100 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
