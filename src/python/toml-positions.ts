/** Where a table, key or value of a TOML document begins. */
export interface PositionNode {
  /** In UTF-16 code units from the start of the text. */
  offset: number;
  readonly children: Map<string | number, PositionNode>;
}

/**
 * Finds where every table, key and array element begins.
 * The text must be valid TOML (1.0 or 1.1): the scan only walks it, it does not check it, and always ends.
 */
export function scanPositions(text: string): PositionNode {
  return new Scanner(text).scan();
}

class Scanner {
  private at = 0;
  private readonly text: string;
  private readonly root: PositionNode = createNode(0);

  constructor(text: string) {
    this.text = text;
  }

  scan(): PositionNode {
    let table = this.root;
    for (this.skipBlank(); this.at < this.text.length; this.skipBlank()) {
      if (this.text[this.at] === '[') table = this.header();
      else this.keyValue(table);
    }
    return this.root;
  }

  private header(): PositionNode {
    const start = this.at;
    const isArray = this.text[this.at + 1] === '[';
    this.at += isArray ? 2 : 1;
    const keys = this.keys(']');
    while (this.text[this.at] === ']') this.at += 1;
    let node = this.root;
    for (const key of keys) node = child(lastElement(node), key, start);
    if (!isArray) return lastElement(node);
    return child(node, node.children.size, start);
  }

  private keyValue(table: PositionNode): void {
    const start = this.at;
    const keys = this.keys('=');
    this.at += 1;
    let node = table;
    for (const key of keys) node = child(node, key, start);
    this.skipSpaces();
    this.value(node);
    if (this.at === start) this.at += 1;
  }

  /** The parts of a dotted key, up to but without `end`. */
  private keys(end: string): string[] {
    const keys: string[] = [];
    while (this.at < this.text.length) {
      this.skipSpaces();
      const char = this.text[this.at];
      if (char === end || char === '\n' || char === undefined) break;
      if (char === '.') this.at += 1;
      else if (char === '"' || char === "'") keys.push(this.quotedKey(char));
      else keys.push(this.take(/[^\s.=\]"']+|[\s\S]/y));
    }
    return keys;
  }

  private quotedKey(quote: string): string {
    const start = this.at;
    this.skipString(quote);
    const raw = this.text.slice(start, this.at);
    if (quote === "'" || !raw.includes('\\')) return raw.slice(1, -1);
    try {
      return String(JSON.parse(raw));
    } catch {
      return raw.slice(1, -1);
    }
  }

  private value(node: PositionNode): void {
    const char = this.text[this.at];
    if (char === '"' || char === "'") this.skipString(char);
    else if (char === '[') this.array(node);
    else if (char === '{') this.inlineTable(node);
    else this.take(/[^,\]}#\r\n]*/y);
  }

  private array(node: PositionNode): void {
    this.at += 1;
    for (let index = 0; this.nextElement(']'); index += 1) this.value(child(node, index, this.at));
  }

  private inlineTable(node: PositionNode): void {
    this.at += 1;
    while (this.nextElement('}')) this.keyValue(node);
  }

  /** Goes to the next element of an array or inline table; false after its end, which is consumed. */
  private nextElement(end: string): boolean {
    this.skipBlank();
    while (this.text[this.at] === ',') {
      this.at += 1;
      this.skipBlank();
    }
    if (this.at >= this.text.length) return false;
    if (this.text[this.at] !== end) return true;
    this.at += 1;
    return false;
  }

  private skipString(quote: string): void {
    const isLong = this.text.startsWith(quote.repeat(3), this.at);
    const end = isLong ? quote.repeat(3) : quote;
    this.at += end.length;
    while (this.at < this.text.length && !this.text.startsWith(end, this.at)) {
      this.at += quote === '"' && this.text[this.at] === '\\' ? 2 : 1;
    }
    this.at += end.length;
    if (isLong) this.take(quote === '"' ? /"*/y : /'*/y);
  }

  private skipSpaces(): void {
    this.take(/[ \t]*/y);
  }

  private skipBlank(): void {
    this.take(/(?:[\s\uFEFF]+|#[^\n]*)*/y);
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}

function createNode(offset: number): PositionNode {
  return { offset, children: new Map() };
}

function child(node: PositionNode, key: string | number, offset: number): PositionNode {
  let found = node.children.get(key);
  if (found === undefined) {
    found = createNode(offset);
    node.children.set(key, found);
  }
  return found;
}

/** The table that further keys under an array of tables go to: its last one. */
function lastElement(node: PositionNode): PositionNode {
  return node.children.get(node.children.size - 1) ?? node;
}
