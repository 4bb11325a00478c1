import { formatPlatform } from '../oci/platform.ts';
import type { LayerNode, OutputNode, Plan, PlatformPlan, TargetPlan } from '../plan/plan.ts';
import { formatReason, formatReasons } from './reason.ts';
import { counted, formatBytes } from './units.ts';

export interface PlanTextOptions {
  /** Every reason on a line of its own. */
  readonly explain: boolean;
}

type Row = readonly [what: string, how: string, state: string, more?: readonly string[]];

/** A plan as people read it: a block for each image, a line for each of its parts, the reason beside the fact. */
export function formatPlan(plan: Plan, { explain }: PlanTextOptions): string {
  const layers = new Map(plan.layers.map((layer) => [layer.key, layer]));
  const blocks = plan.targets.map((target) => {
    const outputs = target.outputs.map((output) => outputRow(output, target, layers));
    const images = target.platforms.map((platform) => {
      const own = platform.layers.flatMap((key) => layers.get(key) ?? []);
      return {
        title: `${target.target.name}  ${formatPlatform(platform.inputs.platform)}`,
        rows: [baseRow(platform), ...dependencyRows(platform, own), appRow(platform, own)],
      };
    });
    const [only] = images;
    if (images.length === 1 && only !== undefined) return block(only.title, [...only.rows, ...outputs], explain);
    return [
      ...images.map(({ title, rows }) => block(title, rows, explain)),
      block(target.target.name, outputs, explain),
    ].join('\n');
  });
  return blocks.join('\n\n');
}

function baseRow({ base, inputs }: PlatformPlan): Row {
  const { interpreter, libc } = inputs.facts;
  const facts = [
    ...(interpreter === undefined
      ? []
      : [`${interpreter.implementation === 'pypy' ? 'PyPy' : 'CPython'} ${interpreter.version}`]),
    ...(libc === undefined ? [] : [`${libc.kind} ${libc.version}`]),
  ];
  const digest = `@${base.digest.slice(0, 'sha256:'.length + 4)}…`;
  const text = inputs.base.text.includes('@') ? inputs.base.text : inputs.base.text + digest;
  const state = base.state === 'fresh' ? 'fresh' : `moved: ${formatReasons(base.reasons)}`;
  return ['base', text, facts.length === 0 ? state : `${state}   ${facts.join(', ')}`];
}

function dependencyRows({ inputs }: PlatformPlan, layers: readonly LayerNode[]): readonly Row[] {
  const { python } = inputs;
  if (python === undefined) return [];
  const own = layers.filter(({ kind }) => kind === 'package' || kind === 'venv');
  if (own.length === 0) return [];
  const packages = own.filter(({ kind }) => kind === 'package');
  const count = python.packages.length;
  const what = count === 0 ? 'no packages' : `${counted(count, 'package')} in ${counted(packages.length, 'layer')}`;
  return [['dependencies', what, stateOf(own), explained(own)]];
}

function appRow({ inputs }: PlatformPlan, layers: readonly LayerNode[]): Row {
  const app = layers.filter(({ kind }) => kind === 'app');
  return [
    'app',
    `${counted(inputs.app.files, 'file')}, ${formatBytes(inputs.app.sizeBytes)}`,
    stateOf(app),
    explained(app),
  ];
}

function stateOf(layers: readonly LayerNode[]): string {
  const stale = layers.filter(({ state }) => state === 'stale');
  if (stale.length === 0) return 'fresh';
  const reasons = formatReasons(stale.flatMap((layer) => layer.reasons));
  if (stale.every(({ reasons: [first] }) => first?.kind === 'never-built')) return 'stale: never built';
  return stale.length === layers.length
    ? `stale: ${reasons}`
    : `${layers.length - stale.length} fresh, ${stale.length} stale: ${reasons}`;
}

function explained(layers: readonly LayerNode[]): readonly string[] {
  return layers
    .filter(({ state }) => state === 'stale')
    .flatMap(({ title, reasons, sizeBytes }) =>
      reasons.map((reason) => `${title}: ${formatReason(reason)} (~${formatBytes(sizeBytes)})`),
    );
}

function outputRow(
  { output, state, reasons, asked }: OutputNode,
  { platforms }: TargetPlan,
  layers: ReadonlyMap<string, LayerNode>,
): Row {
  if (state === 'fresh') return ['output', output.name, asked ? 'fresh' : 'fresh as far as known; asked at delivery'];
  const stale = [...new Set(platforms.flatMap((platform) => platform.layers))].flatMap((key) => {
    const layer = layers.get(key);
    return layer?.state === 'stale' ? [layer] : [];
  });
  if (stale.length === 0) return ['output', output.name, formatReasons(reasons)];
  const bytes = stale.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return ['output', output.name, `${counted(stale.length, 'layer')} stale, ~${formatBytes(bytes)}`];
}

function block(title: string, rows: readonly Row[], explain: boolean): string {
  return `${title}\n${table(rows, explain)}`;
}

const firstWidth = 12;

function table(rows: readonly Row[], explain: boolean): string {
  const second = Math.max(...rows.map(([, how]) => how.length));
  return rows
    .flatMap(([what, how, state, more = []]) => [
      `  ${what.padEnd(firstWidth)}  ${how.padEnd(second)}  ${state}`,
      ...(explain ? more.map((line) => `  ${''.padEnd(firstWidth)}    ${line}`) : []),
    ])
    .join('\n');
}
