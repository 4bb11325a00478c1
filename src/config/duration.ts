const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Reads `30s`, `1m30s`, `500ms`, `1.5h` as whole milliseconds; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ms|h|m|s))+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([0-9.]+)(ms|h|m|s)/g)) {
    sumMs += Number(amount) * (unitsMs[unit] ?? Number.NaN);
  }
  const wholeMs = Math.round(sumMs);
  return Math.abs(wholeMs - sumMs) < 1e-6 && Number.isSafeInteger(wholeMs * 1_000_000) ? wholeMs : undefined;
}
