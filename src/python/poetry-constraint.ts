/**
 * Turns a version constraint of Poetry into specifiers of PEP 440. Each alternative (`||`) is a list of clauses joined
 * by commas; an empty one allows every version. Caret and tilde become ranges; a `.*` behind an inequality and
 * parentheses mean nothing; unknown text is passed on as it is.
 */
export function poetrySpecifiers(constraint: string): string[] {
  const plain = constraint.replaceAll(/[()]/g, ' ').trim();
  return plain.split(/\s*\|\|?\s*/).map((alternative) => {
    const clauses = alternative
      .trim()
      .replaceAll(/(<=|>=|==|!=|~=|[<>^~=])\s+/g, '$1')
      .split(/\s*,\s*|\s+/);
    return clauses.map(clauseSpecifiers).filter(Boolean).join(',');
  });
}

function clauseSpecifiers(clause: string): string {
  if (clause === '' || clause === '*') return '';
  if (clause.startsWith('^')) return range(clause.slice(1), caretPosition);
  if (clause.startsWith('~') && !clause.startsWith('~=')) return range(clause.slice(1), tildePosition);
  if (/^[<>]/.test(clause)) return clause.replace(/\.\*$/, '');
  if (/^[=!~]=/.test(clause)) return clause;
  return `==${clause.replace(/^=/, '')}`;
}

/** From a version up to, but without, the next one that differs at a position of its release. */
function range(version: string, position: (numbers: readonly number[]) => number): string {
  const release = /^v?(\d+(?:\.\d+)*)/.exec(version)?.[1];
  if (release === undefined) return `==${version}`;
  const numbers = release.split('.').map(Number);
  const at = position(numbers);
  const next = numbers.map((number, index) => (index < at ? number : index === at ? number + 1 : 0));
  return `>=${version},<${next.join('.')}`;
}

/** The first number that is not zero, else the last one. */
function caretPosition(numbers: readonly number[]): number {
  const found = numbers.findIndex((number) => number > 0);
  return found === -1 ? numbers.length - 1 : found;
}

function tildePosition(numbers: readonly number[]): number {
  return Math.min(1, numbers.length - 1);
}
