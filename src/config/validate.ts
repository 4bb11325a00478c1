import { PycontainerError, type ErrorCode } from '../errors.ts';
import { suggest } from './nearest.ts';
import { locateKey, locateValue, nodeAt, toPlain, type KeyPath, type SourceNode } from './node.ts';
import { sectionAt } from './schema/section-at.ts';
import type * as z from 'zod';
import type { LeafMistake } from './schema/leaf.ts';

/**
 * Reads a node by a schema. All mistakes go to `errors`, each with its place, and undefined is the answer then.
 * `name` is what the node itself is called in messages.
 */
export function validate<T>(
  schema: z.ZodType<T>,
  node: SourceNode,
  name: string,
  errors: PycontainerError[],
): T | undefined {
  const forbidden = forbiddenKeys(node);
  errors.push(...forbidden);
  // What is read once is not worth compiling a reader for.
  const result = schema.safeParse(toPlain(node), { jitless: true });
  if (result.success) return forbidden.length === 0 ? result.data : undefined;
  const reporter: Reporter = { schema, node, name };
  for (const issue of flatten(result.error.issues)) errors.push(...explain(issue, reporter));
  return undefined;
}

interface Reporter {
  readonly schema: unknown;
  readonly node: SourceNode;
  readonly name: string;
}

type Issue = z.core.$ZodIssue;

/** JavaScript gives this key a meaning of its own, and validators pass over it. */
function forbiddenKeys(node: SourceNode): PycontainerError[] {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'list') return node.items.flatMap(forbiddenKeys);
  return [...node.entries].flatMap(([key, entry]) => {
    if (key !== '__proto__') return forbiddenKeys(entry.value);
    const location = locateKey(node, [key]);
    return [new PycontainerError('manifest-unknown-key', `'${key}' cannot be a key`, { location })];
  });
}

/** Of alternatives, the mistakes within the one whose form the value has; else one mistake for all of them. */
function flatten(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const fitting = issue.errors.filter((branch) => !branch.some(isWrongForm));
    const [only] = fitting;
    if (only === undefined || fitting.length > 1) return [issue];
    return flatten(only.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

function isWrongForm(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_union');
}

function explain(issue: Issue, reporter: Reporter): PycontainerError[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  const at = nodeAt(reporter.node, path);
  if (at?.kind === 'scalar' && at.isUnfilled === true) return [];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, reporter));
    case 'invalid_key':
      return [invalidKey(issue.issues[0]?.message ?? 'a key', path, reporter)];
    case 'custom':
      return [refusedValue(issue, path, reporter)];
    default:
      return [wrongForm(issue.message, path, reporter)];
  }
}

function unknownKey(key: string, path: KeyPath, { schema, node, name }: Reporter): PycontainerError {
  const section = sectionAt(schema, path);
  const title = section?.meta()?.title ?? name;
  return new PycontainerError('manifest-unknown-key', `'${key}' is not a key of ${title}`, {
    hint: section && (suggest(key, Object.keys(section.shape)) ?? whereItBelongs(key, section)),
    location: locateKey(node, [...path, key]),
  });
}

/** A key may have been written one level too high. */
function whereItBelongs(key: string, section: z.ZodObject): string | undefined {
  const owner = Object.entries(section.shape).find(([, inner]) => {
    const nested = sectionAt(inner, []);
    return nested !== undefined && Object.hasOwn(nested.shape, key);
  });
  return owner === undefined ? undefined : `'${key}' is a key of '${owner[0]}'`;
}

function invalidKey(expects: string, path: KeyPath, { node }: Reporter): PycontainerError {
  const location = locateKey(node, path);
  return new PycontainerError('manifest-invalid', `'${path.at(-1)}' is not ${expects}`, { location });
}

/** A leaf that did not understand its text. What variables stand for is not shown: it may be a secret. */
function refusedValue(issue: z.core.$ZodIssueCustom, path: KeyPath, reporter: Reporter): PycontainerError {
  const { expects, hint, code } = mistakeOf(issue.params);
  const at = nodeAt(reporter.node, path);
  if (at?.kind !== 'scalar' || at.written === undefined) return invalid(issue.message, path, reporter, hint, code);
  const message = `what '${at.written}' stands for is not ${expects}`;
  return invalid(message, path, reporter, 'The value comes from variables, so it is not shown.', code);
}

function mistakeOf(params: Record<string, unknown> | undefined): LeafMistake {
  return { expects: 'a value that can stand here', ...params };
}

function wrongForm(expects: string, path: KeyPath, reporter: Reporter): PycontainerError {
  const { schema, node } = reporter;
  const at = nodeAt(node, path);
  const what = describe(path, reporter);
  if (at === undefined) {
    const title = sectionAt(schema, path.slice(0, -1))?.meta()?.title ?? 'this map';
    return invalid(`${title} needs '${path.at(-1)}'`, path.slice(0, -1), reporter);
  }
  if (at.kind === 'scalar' && at.text === null) {
    const location = locateKey(node, path);
    return new PycontainerError('manifest-invalid', `${what} has no value`, {
      hint: valueHint(expects, path),
      location,
    });
  }
  const hint = at.kind === 'scalar' && expects === 'a list' ? listHint(at.written ?? at.text ?? '') : undefined;
  return invalid(`${what} must be ${expects}, not ${formOf(at)}`, path, reporter, hint);
}

/** Compose gives a variable without a value the host's; here that has to be said. */
function valueHint(expects: string, path: KeyPath): string {
  const isVariable = path.at(-2) === 'environment';
  const host = isVariable ? ` This machine's value is written \${${path.at(-1)}}.` : '';
  return expects === 'a text' ? `An empty text is written "".${host}` : `It must be ${expects}.`;
}

function listHint(text: string): string {
  return /^[\w@./: -]+$/.test(text) ? `Write it as [${text.split(/\s+/).join(', ')}].` : 'Write it as [first, second].';
}

function formOf(node: SourceNode): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  return /^[-+]?\d+(?:\.\d+)?$/.test(node.text ?? '') ? 'a number' : 'a text';
}

function invalid(
  message: string,
  path: KeyPath,
  { node }: Reporter,
  hint?: string,
  code: ErrorCode = 'manifest-invalid',
): PycontainerError {
  return new PycontainerError(code, message, { hint, location: locateValue(node, path) });
}

function describe(path: KeyPath, { name }: Reporter): string {
  const last = path.at(-1);
  if (last === undefined) return name;
  if (typeof last === 'string') return `'${last}'`;
  const owner = path.findLast((key) => typeof key === 'string');
  return `item ${last + 1} of ${owner === undefined ? name : `'${owner}'`}`;
}
