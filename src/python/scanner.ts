/**
 * Reads a text from left to right. Patterns are sticky (`y`) and take one run of characters or one of a few words, so
 * that reading is linear however long and odd the text is.
 */
export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.position === this.text.length;
  }

  /** What the pattern matches here, without moving on; undefined when it does not match or matches nothing. */
  peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    return found === '' ? undefined : found;
  }

  /** What the pattern matches here, moving behind it. */
  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern);
    this.position += found?.length ?? 0;
    return found;
  }
}

/**
 * Whether Python calls the character whitespace. JavaScript's `\s` has U+FEFF besides and lacks U+001C to U+001F and
 * U+0085.
 */
export function isSpace(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (code >= 0x1c && code <= 0x1f) || /\p{White_Space}/u.test(text.charAt(index));
}

/** Moves behind what Python calls whitespace. */
export function skipSpace(scanner: Scanner): void {
  while (isSpace(scanner.text, scanner.position)) scanner.position += 1;
}

/** As Python's `str.strip()`. */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text, end - 1)) end -= 1;
  let start = 0;
  while (start < end && isSpace(text, start)) start += 1;
  return text.slice(start, end);
}

/** A text for a message: in quotes, cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 119)}…` : text);
}
