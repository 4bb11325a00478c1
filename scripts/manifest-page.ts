import { readYaml } from '../src/config/yaml.ts';
import { manifestJsonSchema } from '../src/config/schema/json.ts';
import { SourceText } from '../src/config/source.ts';
import { refuseUnsupported } from '../src/config/unsupported.ts';

/** The part of JSON Schema that the manifest's schema uses. */
interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
}

const intro = `# The manifest

\`pycontainer.yaml\` says which images there are. The least that it can say is \`targets: { app: {} }\`; everything else has
a default. It is looked for in the folder where you are and above it, up to the repository's root; \`[tool.pycontainer]\` in
\`pyproject.toml\` is read the same way. Paths are relative to the file. A key that is not known is an error.

\`\`\`yaml
# yaml-language-server: $schema=./pycontainer.schema.json
defaults:
  base: python:3.12-slim
  platforms: [linux/amd64, linux/arm64]
  tags: ['ghcr.io/acme/\${target}:\${VERSION:-dev}']
targets:
  api:
    context: services/api
    ports: [8000]
  worker:
    extends: api
    cmd: [celery, -A, shop, worker]
\`\`\`

Any value may have variables in it: \`\${NAME}\`, \`\${NAME:-default}\`, \`\${NAME:?message}\`; \`$$\` is a dollar. What stands in
\`defaults\` holds for every target; \`extends\` takes another target's settings. Maps are merged, lists are replaced.

<!-- Made by \`npm run schema\` from src/config/schema/. -->`;

/** docs/manifest.md: every key with its kind and meaning, from the schema that validates it. */
export function manifestPage(): string {
  const { properties = {} } = manifestJsonSchema() as Schema;
  const targets = properties['targets']?.additionalProperties;
  const target = targets === undefined || targets === false ? {} : targets;
  const top = Object.entries(properties).map(([key, schema]) => item(key, schema, [], false));
  const keys = Object.entries(target.properties ?? {});
  const supported = keys.filter(([key]) => !isRefused([key]));
  const refused = keys.filter(([key]) => isRefused([key])).map(([key]) => `\`${key}\``);
  return `${[
    intro,
    '## The top level',
    top.join('\n'),
    '## A target',
    supported.map(([key, schema]) => item(key, schema, [key], true)).join('\n'),
    '## Not supported yet',
    `These keys are known, and refused until something acts on them: ${refused.join(', ')}.`,
  ].join('\n\n')}\n`;
}

function item(key: string, schema: Schema, path: readonly string[], deep: boolean, required = false): string {
  const { description = '' } = schema;
  const kind = `${kindOf(schema)}${required ? ', required' : ''}`;
  const line = `${'  '.repeat(Math.max(0, path.length - 1))}- \`${key}\` (${kind}): ${escaped(description)}`;
  return [line, ...(deep ? childrenOf(schema, path) : [])].join('\n');
}

function childrenOf(schema: Schema, path: readonly string[]): readonly string[] {
  const parts = [schema, schema.items ?? {}, ...(schema.anyOf ?? []), ...(schema.items?.anyOf ?? [])];
  return parts.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties)
      .filter(([key]) => !isRefused([...path, key]))
      .map(([key, child]) => item(key, child, [...path, key], true, required.includes(key))),
  );
}

function kindOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.items !== undefined) return `list of ${plural(kindOf(schema.items))}`;
  if (schema.type === 'object') return 'map';
  const choices = schema.anyOf?.filter((one) => Object.keys(one).some((key) => key !== 'pattern')) ?? [];
  if (choices.length > 0) return [...new Set(choices.map(kindOf))].join(' or ');
  const types = [schema.type ?? 'anything'].flat();
  if (types.includes('boolean') && types.includes('number')) return 'text';
  const [first = 'anything'] = types;
  if (first === 'integer' && schema.pattern?.startsWith('^[0-9]+$') !== true) return 'text or number';
  return { string: 'text', integer: 'number', boolean: 'true or false', array: 'list' }[first] ?? first;
}

function plural(kind: string): string {
  return ['text', 'number', 'map'].includes(kind) ? `${kind}s` : kind.replace('text or number', 'texts or numbers');
}

/** Angle brackets and stars would mean something in Markdown. */
function escaped(text: string): string {
  return text.replaceAll(/[*<>_]/g, String.raw`\$&`);
}

function isRefused(path: readonly string[]): boolean {
  const written = path.reduceRight((inner, key) => `{ ${key}: ${inner} }`, '[{}]');
  return refuseUnsupported(readYaml(new SourceText('', written))).length > 0;
}
