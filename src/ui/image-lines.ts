import type { PlannedImage, PlannedNode } from '../events.ts';
import { clean, fitted, type FrameLine } from './span.ts';
import type { ScreenState, Task } from './state.ts';
import { taskLine } from './task-line.ts';
import { counted } from './units.ts';

export interface ImageLinesOptions {
  readonly columns: number;
  /** No more lines than this. */
  readonly room: number;
  /** On the clock of the events. */
  readonly atMs: number;
}

type Running = Pick<ScreenState, 'images' | 'running' | 'over'>;

/** What runs, below the image that it is for. Where that is too high, what runs alone, as much as there is room for. */
export function imageLines(state: Running, options: ImageLinesOptions): readonly FrameLine[] {
  const whole = groupedLines(state, options);
  if (whole.length <= options.room) return whole;
  const { running } = state;
  const shown = running.length > options.room ? running.slice(0, Math.max(1, options.room - 1)) : running;
  const hidden = running.length - shown.length;
  const more: FrameLine = [{ role: 'quiet', text: `  and ${hidden} more` }];
  return [...shown.map((task) => taskLine(task, options)), ...(hidden === 0 ? [] : [fitted(more, options.columns)])];
}

/** How many images have not been begun, or wait for what others share with them. */
export function waitingImages({ images, running, over }: Running): number {
  const active = new Set(running.map(({ id }) => id));
  return images.filter(
    ({ nodes }) =>
      !nodes.some(({ node }) => active.has(node)) && nodes.some((node) => isToMake(node) && !over.has(node.node)),
  ).length;
}

function groupedLines({ images, running, over }: Running, options: ImageLinesOptions): readonly FrameLine[] {
  const left = new Map(running.map((task) => [task.id, task]));
  const blocks = images.flatMap((image) => {
    const tasks = image.nodes.flatMap(({ node, title }): readonly Task[] => {
      const task = left.get(node);
      if (task === undefined || task.kind === 'output') return [];
      left.delete(node);
      return [{ ...task, title }];
    });
    if (tasks.length === 0) return [];
    const running = new Set(tasks.map(({ id }) => id));
    const waiting = image.nodes.filter((node) => isToMake(node) && !over.has(node.node) && !running.has(node.node));
    return [
      headLine(image, waiting, options.columns),
      ...tasks.map((task) => taskLine(task, { ...options, indent: '  ' })),
    ];
  });
  return [...blocks, ...[...left.values()].map((task) => taskLine(task, options))];
}

/** `api  linux/amd64  base, 14 packages fresh; venv, app wait`. */
function headLine(
  { target, platform, nodes }: PlannedImage,
  waiting: readonly PlannedNode[],
  columns: number,
): FrameLine {
  const fresh = partsText(nodes.filter(({ state, kind }) => state === 'fresh' && kind !== 'output'));
  const wait = partsText(waiting);
  const notes = [...(fresh === '' ? [] : [`${fresh} fresh`]), ...(wait === '' ? [] : [`${wait} to come`])];
  return fitted(
    [
      { role: 'heading', text: clean(target) },
      { text: `  ${platform}` },
      { role: 'quiet', text: notes.length === 0 ? '' : `  ${notes.join('; ')}` },
    ],
    columns,
  );
}

/** `base, 14 packages, app`. */
function partsText(nodes: readonly PlannedNode[]): string {
  const packages = nodes.reduce((sum, node) => sum + (node.packages ?? 0), 0);
  const has = (kind: PlannedNode['kind']): boolean => nodes.some((node) => node.kind === kind);
  return [
    ...(has('base') ? ['base'] : []),
    ...(packages > 0 ? [counted(packages, 'package')] : []),
    ...(has('venv') ? ['venv'] : []),
    ...(has('app') ? ['app'] : []),
  ].join(', ');
}

function isToMake({ kind, state }: PlannedNode): boolean {
  return state === 'stale' && kind !== 'base' && kind !== 'output';
}
