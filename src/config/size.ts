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
