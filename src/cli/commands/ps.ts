import { type ListedContainer, listProject } from '../../run/list.ts';
import { visible } from '../../ui/visible.ts';
import { formatDuration, shortDigest } from '../../ui/units.ts';
import type { Console } from '../console.ts';
import type { SharedOptions } from '../options.ts';
import { openProjectEngine } from '../project-engine.ts';

export interface PsOptions extends SharedOptions {
  readonly format: 'text' | 'json';
}

/** Lists the project's containers. */
export async function psCommand(options: PsOptions, console: Console): Promise<number> {
  await using opened = await openProjectEngine(options, console);
  const containers = await listProject(opened.engine, opened.project);
  if (options.format === 'json') {
    console.result(JSON.stringify(containers, null, 2));
    return 0;
  }
  const rows = containers.map((container) => rowOf(container, Date.now()));
  for (const line of table([['TARGET', 'STATE', 'PORTS', 'IMAGE', 'CONTAINER'], ...rows])) console.result(line);
  return 0;
}

/** @param nowMs since 1970 */
export function rowOf(container: ListedContainer, nowMs: number): readonly string[] {
  const { target, name, ports, image } = container;
  const published = ports.map(({ address, host, container }) => {
    const place = address === '' || address === '0.0.0.0' || address === '::' ? host : `${address}:${host}`;
    return `${place}→${container.replace(/\/tcp$/, '')}`;
  });
  return [target, stateOf(container, nowMs), [...new Set(published)].join(', '), shortDigest(image), name].map(visible);
}

function stateOf({ state, health, exitCode, startedAt, kind }: ListedContainer, nowMs: number): string {
  const what = kind === 'run' ? ' (one command)' : '';
  if (exitCode !== undefined) return `${state} with ${exitCode}${what}`;
  const sinceMs = startedAt === undefined ? Number.NaN : nowMs - Date.parse(startedAt);
  const time = Number.isFinite(sinceMs) ? ` for ${formatDuration(Math.max(0, sinceMs - (sinceMs % 1000)))}` : '';
  return `${state}${time}${health === undefined ? '' : `, ${health}`}${what}`;
}

/** Columns as wide as what is in them. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
