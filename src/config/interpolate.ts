/** A `$` expression that cannot be filled in: where it stands in the text, and what is wrong. */
export interface VariableFlaw {
  /** Offset in the text. */
  readonly at: number;
  readonly length: number;
  readonly message: string;
  readonly hint: string;
}

export interface Interpolated {
  readonly text: string;
  readonly flaws: readonly VariableFlaw[];
}

/** The value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

/**
 * Fills in variables as Compose does: `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}`,
 * `${VAR?message}`, `${VAR:+other}`, `${VAR+other}`; with `:` an empty value counts as not set. What follows the
 * operator may hold variables itself. `$$` is a dollar. A variable that is not set is a flaw, never an empty text.
 *
 * @see https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
 */
export function interpolate(text: string, lookup: Lookup): Interpolated {
  const filler = new Filler(text, lookup);
  return { text: filler.fill('end', true), flaws: filler.flaws };
}

const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const operator = /:?[-?+]/y;
const maxDepth = 20;

class Filler {
  readonly flaws: VariableFlaw[] = [];
  readonly #text: string;
  readonly #lookup: Lookup;
  #at = 0;
  #depth = 0;
  /** Braces that never close are one flaw, however many they are. */
  #isOpenEnded = false;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  /** Reads up to the end of the text or of the braces. A part that is not `used` has no flaws for what is not set. */
  fill(until: 'end' | 'brace', used: boolean): string {
    let filled = '';
    while (this.#at < this.#text.length) {
      if (until === 'brace' && this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] === '$') {
        filled += this.#expression(used);
        continue;
      }
      filled += this.#text[this.#at];
      this.#at += 1;
    }
    return filled;
  }

  #expression(used: boolean): string {
    const start = this.#at;
    this.#at += 1;
    if (this.#take('$')) return '$';
    if (this.#take('{')) return this.#braced(start, used);
    const plain = this.#match(name);
    if (plain === undefined) return this.#refuse(start, 'This dollar begins no variable');
    return this.#lookup(plain) ?? (used ? this.#refuseUnset(start, plain) : '');
  }

  #braced(start: number, used: boolean): string {
    const variable = this.#match(name);
    const how = variable === undefined ? undefined : this.#match(operator);
    this.#depth += 1;
    if (this.#depth > maxDepth) {
      this.#at = this.#text.length;
      this.#isOpenEnded = true;
      return this.#refuse(start, 'Too many variables inside each other');
    }
    const value = variable === undefined ? undefined : this.#lookup(variable);
    const isSet = value !== undefined && !(how?.startsWith(':') === true && value === '');
    const kind = how?.at(-1);
    const restStart = this.#at;
    const rest = kind === undefined ? '' : this.fill('brace', used && (isSet ? kind === '+' : kind === '-'));
    this.#depth -= 1;
    if (variable === undefined || !this.#take('}')) return this.#refuseBraces(start);
    if (kind === '+') return isSet ? rest : '';
    if (isSet) return value;
    if (kind === '-' || !used) return rest;
    if (kind === '?') return this.#refuseUnset(start, variable, this.#text.slice(restStart, this.#at - 1));
    return this.#refuseUnset(start, variable);
  }

  #refuseBraces(start: number): string {
    if (this.#isOpenEnded) return '';
    const closing = this.#text.indexOf('}', this.#at);
    this.#isOpenEnded = closing === -1;
    this.#at = closing === -1 ? this.#text.length : closing + 1;
    const expression = this.#text.slice(start, this.#at);
    const shown = expression.length > 40 ? `${expression.slice(0, 40)}…` : expression;
    return this.#refuse(start, `'${shown}' is not a variable`);
  }

  #refuse(at: number, message: string): string {
    const hint = 'Variables are written ${NAME} or ${NAME:-default}; a dollar that is meant as such is written $$.';
    this.flaws.push({ at, length: this.#at - at, message, hint });
    return '';
  }

  #refuseUnset(at: number, variable: string, message?: string): string {
    const hint = `Set ${variable} in the environment, or give it a default: \${${variable}:-default}.`;
    const why = message === undefined || message === '' ? 'is not set' : `is not set: ${message}`;
    this.flaws.push({ at, length: this.#at - at, message: `The variable ${variable} ${why}`, hint });
    return '';
  }

  #take(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
