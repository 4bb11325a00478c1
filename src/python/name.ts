/** The normal form of a project, extra or group name: lower case, each run of `-`, `_` and `.` one `-` (PEP 503). */
export function normalizeName(text: string): string {
  return text.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** Whether a text is a name at all, in any spelling: ASCII letters and digits, with `-`, `_` and `.` inside. */
export function isName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(text);
}

/** Whether a text is a name in normal form. */
export function isNormalizedName(text: string): boolean {
  return isName(text) && normalizeName(text) === text;
}
