import { Document, isCollection, isMap, Scalar, visit } from 'yaml';
import { type SettingKey, settingKeys, type Settings, type SettingValue } from './draft.ts';

/** A manifest of one target, to be written. */
export interface ManifestText {
  readonly target: string;
  readonly schema: string;
  /** Lines of the comment at the top. */
  readonly heading: readonly string[];
  /** Names whose `${VARIABLE}` is to be filled in; in every other setting a dollar is a dollar. */
  readonly withVariables: ReadonlySet<SettingKey>;
  readonly settings: Settings;
  /** What stands above a key; for a key without a setting, what it could be, said in a comment. */
  readonly comments: Readonly<Partial<Record<SettingKey, readonly string[]>>>;
}

/** YAML with the schema's line for editors, a comment above each choice, and the settings in a fixed order. */
export function manifestText({ target, schema, heading, settings, comments, withVariables }: ManifestText): string {
  const body = settingKeys.flatMap((key) => {
    const value = settings[key];
    const lines = (comments[key] ?? []).map((line) => `# ${line}`);
    return value === undefined
      ? lines
      : [...lines, ...settingLines(key, withVariables.has(key) ? value : asMeant(value))];
  });
  return [
    `# yaml-language-server: $schema=${schema}`,
    '# `pycontainer plan` shows what this comes to, `pycontainer up` builds it.',
    ...heading.map((line) => `# ${line}`),
    'targets:',
    `  ${target}:${body.some((line) => !line.startsWith('#')) ? '' : ' {}'}`,
    ...body.map((line) => `    ${line}`),
    '',
  ].join('\n');
}

/** Maps on lines of their own, lists within brackets. */
function settingLines(key: string, value: SettingValue): readonly string[] {
  const document = new Document({ [key]: value });
  visit(document, {
    Collection: (_, node) => {
      if (isCollection(node)) node.flow = !isMap(node) || node.items.length === 0;
    },
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && node.value.includes('\n')) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document
    .toString({ lineWidth: 0, singleQuote: true, flowCollectionPadding: false, indentSeq: false })
    .trimEnd()
    .split('\n');
}

/** Dollars doubled, so that no variable is seen in what another file said. */
function asMeant(value: SettingValue): SettingValue {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(asMeant);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, SettingValue]) => [key, asMeant(item)]));
}
