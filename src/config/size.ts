const unitsBytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Reads `500MB` (powers of 1000), `1GiB` (powers of 1024), `1.5GB`, `4096` as bytes; undefined for anything else. */
export function parseSizeBytes(text: string): number | undefined {
  const [, amount, unit = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unitsBytes[unit === '' ? 'b' : unit.toLowerCase()];
  if (amount === undefined || factor === undefined) return undefined;
  const bytes = Math.round(Number(amount) * factor);
  const isWhole = factor > 1 || !amount.includes('.');
  return isWhole && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** For messages: `588 MB`, `3.3 GB`; powers of 1000, two digits at least and three at most. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
