/** What so many of all, in percent, do not exceed. In between it is interpolated. */
export type Quantiles = readonly (readonly [percent: number, value: number])[];

// As measured on real wheels: README.md in the folder above says on which.

/** Of what a package's files are; `packed` is compressed already. */
export type ContentKind = 'source' | 'prose' | 'records' | 'packed' | 'code';

/** Bytes of the files of each kind. */
export const fileSizes: Readonly<Record<ContentKind, Quantiles>> = {
  source: [
    [5, 1],
    [10, 290],
    [25, 1450],
    [50, 5200],
    [75, 14_900],
    [90, 35_400],
    [95, 60_400],
    [99, 138_500],
    [100, 400_000],
  ],
  prose: [
    [5, 24],
    [10, 44],
    [25, 340],
    [50, 1340],
    [75, 5200],
    [90, 15_900],
    [95, 27_800],
    [99, 76_600],
    [100, 1_500_000],
  ],
  records: [
    [5, 150],
    [10, 190],
    [25, 560],
    [50, 1160],
    [75, 3000],
    [90, 9200],
    [95, 19_400],
    [99, 38_800],
    [100, 640_000],
  ],
  packed: [
    [5, 840],
    [25, 1200],
    [50, 1900],
    [75, 16_200],
    [90, 39_700],
    [95, 69_300],
    [99, 174_000],
    [100, 300_000],
  ],
  code: [
    [5, 36_000],
    [10, 44_000],
    [25, 114_000],
    [50, 285_000],
    [75, 929_000],
    [90, 2_116_000],
    [95, 3_000_000],
    [98, 14_400_000],
    [100, 25_400_000],
  ],
};

/** Packages beside each other, installed; the unit is a megabyte where all are 286. */
export const packageSizes: Quantiles = [
  [0, 0.02],
  [5, 0.1],
  [10, 0.2],
  [25, 0.34],
  [50, 0.77],
  [65, 1.5],
  [75, 2.9],
  [82, 5.2],
  [85, 14],
  [90, 20.5],
  [95, 25],
  [97, 39],
  [100, 57],
];

export function valueAt(quantiles: Quantiles, percent: number): number {
  let before = quantiles[0];
  for (const point of quantiles) {
    if (before !== undefined && percent <= point[0]) return between(before, point, percent);
    before = point;
  }
  return before?.[1] ?? 0;
}

/** Sizes go by ratios. */
function between(
  [from, low]: readonly [number, number],
  [to, high]: readonly [number, number],
  percent: number,
): number {
  if (percent <= from || to === from) return low;
  return low * (high / low) ** ((percent - from) / (to - from));
}
