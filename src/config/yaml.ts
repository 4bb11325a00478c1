import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { PycontainerError, throwTogether } from '../errors.ts';
import { locationOf, type SourceText, type Span } from './source.ts';
import type { Alias, Document, Node, Pair, ParsedNode, Scalar, YAMLMap } from 'yaml';
import { yamlFlaw } from './yaml-flaw.ts';
import type { MapEntry, MapNode, ScalarNode, SourceNode } from './node.ts';

/** How much a manifest may grow by aliases, in nodes. */
const maxNodes = 100_000;
const maxDepth = 64;
/** Each alias costs a walk over the document. */
const maxAliases = 1000;
const unaliased = 'Write the values out, or let targets share them with extends.';

/**
 * Reads one YAML 1.2 document; an empty one is an empty value. Aliases and `<<` are followed.
 * Throws 'manifest-syntax', all mistakes together.
 */
export function readYaml(source: SourceText): SourceNode {
  const document = parseDocument(source.text, {
    schema: 'core',
    resolveKnownTags: false,
    merge: true,
    stringKeys: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const flaws = [...document.errors, ...document.warnings];
  throwTogether(
    flaws.map((error) => {
      const { start, end, message, hint } = yamlFlaw(error, document, source.text);
      return syntaxError({ source, start, end }, message, hint);
    }),
  );
  if (document.contents === null) {
    return { kind: 'scalar', text: null, span: { source, start: 0, end: 0 } };
  }
  return new Reader(source, document).read(document.contents, 0);
}

function syntaxError(at: Span, message: string, hint?: string): PycontainerError {
  return new PycontainerError('manifest-syntax', message, { hint, location: locationOf(at) });
}

class Reader {
  readonly #source: SourceText;
  readonly #document: Document.Parsed;
  /** Aliases being followed, to notice one that contains itself. */
  readonly #open = new Set<Node>();
  #count = 0;
  #aliases = 0;

  constructor(source: SourceText, document: Document.Parsed) {
    this.#source = source;
    this.#document = document;
  }

  read(node: Node, depth: number): SourceNode {
    this.#count += 1;
    if (this.#count > maxNodes) throw this.#refuse(node, 'Aliases make this manifest too large', unaliased);
    if (depth > maxDepth) throw this.#refuse(node, 'This is too deeply nested');
    if (isAlias(node)) return this.#follow(node, (target) => this.read(target, depth));
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item as ParsedNode, depth + 1));
      return { kind: 'list', items, span: this.#span(node) };
    }
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node, depth), span: this.#span(node) };
    throw this.#refuse(node, 'This is not a value');
  }

  #scalar(node: Scalar): ScalarNode {
    const span = this.#span(node);
    if (node.type === 'PLAIN') return { kind: 'scalar', text: node.value === null ? null : (node.source ?? ''), span };
    if (typeof node.value !== 'string')
      throw this.#refuse(node, 'Tags of YAML have no meaning here', 'Write the value without a tag.');
    return { kind: 'scalar', text: node.value, span };
  }

  #entries(map: YAMLMap, depth: number): Map<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    let inherited: MapNode['entries'] = new Map();
    for (const pair of map.items) {
      const key = this.#key(pair);
      if (isMergeKey(pair)) {
        inherited = this.#merged(pair.value as ParsedNode | null, key.span, depth);
        continue;
      }
      const value = pair.value === null ? emptyAt(key.span) : this.read(pair.value as ParsedNode, depth + 1);
      entries.set(key.text, { key: key.span, value });
    }
    for (const [name, entry] of inherited) if (!entries.has(name)) entries.set(name, entry);
    return entries;
  }

  #key({ key }: Pair): { text: string; span: Span } {
    if (!isScalar(key)) throw syntaxError({ source: this.#source, start: 0, end: 0 }, 'A key must be a text');
    return { text: (key.type === 'PLAIN' ? key.source : undefined) ?? String(key.value), span: this.#span(key) };
  }

  /** What `<<` brings: of several maps the first that has a key wins. */
  #merged(node: ParsedNode | null, at: Span, depth: number): MapNode['entries'] {
    const value = node === null ? emptyAt(at) : this.read(node, depth + 1);
    const maps = value.kind === 'list' ? value.items : [value];
    const entries = new Map<string, MapEntry>();
    for (const map of maps) {
      if (map.kind !== 'map') {
        throw syntaxError(at, "'<<' takes a map or a list of maps", 'Write <<: *name, where &name marks a map.');
      }
      for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return entries;
  }

  #follow<T>(alias: Alias, use: (target: Node) => T): T {
    this.#aliases += 1;
    if (this.#aliases > maxAliases) throw this.#refuse(alias, `There are more than ${maxAliases} aliases`, unaliased);
    const target = alias.resolve(this.#document);
    if (target === undefined) {
      throw this.#refuse(alias, `No anchor is named '${alias.source}'`, `Write &${alias.source} before the value.`);
    }
    if (this.#open.has(target)) {
      throw this.#refuse(alias, `'*${alias.source}' contains itself`, 'Move it out of what it stands for.');
    }
    this.#open.add(target);
    try {
      return use(target);
    } finally {
      this.#open.delete(target);
    }
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    const written = this.#source.text.slice(start, end);
    return { source: this.#source, start, end: start + written.trimEnd().length };
  }

  #refuse(node: Node, message: string, hint?: string): PycontainerError {
    return syntaxError(this.#span(node), message, hint);
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

function emptyAt(span: Span): ScalarNode {
  return { kind: 'scalar', text: null, span };
}
