/** As much of a terminal as is needed to see what text with escape sequences comes to. */
export class FakeScreen {
  readonly columns: number;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** Rows without blanks at their ends; none below the cursor's. */
  get rows(): readonly string[] {
    return this.#rows.slice(0, this.#row).map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  write(text: string): void {
    // oxlint-disable-next-line no-control-regex
    for (const [piece, count, word] of text.matchAll(/\u001B\[\??(\d*)([A-Za-z])|[^]/g)) {
      if (word !== undefined) this.#obey(word, Number(count));
      else if (piece === '\n') this.#to(this.#row + 1, 0);
      else if (piece === '\r') this.#column = 0;
      else this.#put(piece);
    }
  }

  #obey(word: string, count: number): void {
    if (word === 'A') this.#to(this.#row - count, this.#column);
    else if (word === 'K') this.#current.length = count === 2 ? 0 : this.#column;
    else if (word !== 'h' && word !== 'l') throw new Error(`no terminal of ours knows ${word}`);
  }

  /** A row that is full goes on in the next only with the next sign. */
  #put(sign: string): void {
    if (this.#column === this.columns) this.#to(this.#row + 1, 0);
    this.#current[this.#column] = sign;
    this.#column += 1;
  }

  #to(row: number, column: number): void {
    if (row < 0) throw new Error('above the top');
    while (this.#rows.length <= row) this.#rows.push([]);
    this.#row = row;
    this.#column = column;
  }

  get #current(): string[] {
    return this.#rows[this.#row] ?? [];
  }
}
