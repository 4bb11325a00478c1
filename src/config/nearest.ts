/** The candidate that `text` was probably meant to be, mistyped or cut short; undefined when none is near. */
export function nearestName(text: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(text.length / 3));
  const known = [...candidates];
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    if (Math.abs(name.length - text.length) > limit) continue;
    const distance = editDistance(text.toLowerCase(), name.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? (text.length < 3 ? undefined : known.find((name) => name.startsWith(text)));
}

/** A list that is longer helps nobody. */
const maxListed = 12;

/** "Did you mean 'x'?", or a short list of what there is when nothing is near. */
export function suggest(text: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates];
  const near = nearestName(text, known);
  if (near !== undefined) return `Did you mean '${near}'?`;
  return known.length === 0 || known.length > maxListed ? undefined : `There are: ${known.join(', ')}`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
