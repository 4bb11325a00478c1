/**
 * Reads octal permission bits: `0644`, `0o755`, `01777`. Undefined for anything else, `644` among it: whether that is
 * octal cannot be seen.
 */
export function parseMode(text: string): number | undefined {
  const [, digits] = /^0o?([0-7]{1,4})$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}
