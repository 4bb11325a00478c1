import type { Entry } from '../../layer/entry.ts';
import { entryText } from '../key.ts';

/** Entries that say the same are one object from plan to plan, so that what was made of them need not be made again. */
export function sameAsBefore(before: readonly Entry[], now: readonly Entry[]): readonly Entry[] {
  const known = new Map(before.map((entry) => [entry.path, entry]));
  const entries = now.map((entry) => {
    const other = known.get(entry.path);
    return other === undefined || other === entry || !isSameEntry(other, entry) ? entry : other;
  });
  const isSameList = entries.length === before.length && entries.every((entry, index) => entry === before[index]);
  return isSameList ? before : entries;
}

/** Whether both put the same into a layer, from the same place. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  return entryText(a) === entryText(b) && sourceOf(a) === sourceOf(b);
}

/** Where a file lies decides nothing, but it is read there. */
function sourceOf(entry: Entry): string {
  return entry.type === 'file' && entry.content.kind === 'path' ? entry.content.path : '';
}
