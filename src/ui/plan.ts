import { formatPlatform } from '../oci/platform.ts';
import type { Reason } from '../events.ts';
import type { LayerNode, OutputNode, Plan, PlatformPlan, TargetPlan } from '../plan/plan.ts';
import { type Paint, plainPaint } from './paint.ts';
import { shownPath } from './path.ts';
import { formatReason, formatReasons } from './reason.ts';
import { counted, formatBytes } from './units.ts';
import { visible } from './visible.ts';

export interface PlanTextOptions {
  /** Every reason on a line of its own. */
  readonly explain: boolean;
  /** Absolute; paths below it are shown from there. */
  readonly cwd: string;
  /** Default: no colours. */
  readonly paint?: Paint;
}

/** One line of a block: a part of the image, what it is, and where it stands. */
interface Row {
  readonly part: string;
  readonly what: string;
  readonly state: 'fresh' | 'stale' | 'unknown' | 'refused';
  /** The state in a word or two. */
  readonly standing: string;
  /** What follows it, punctuation included. */
  readonly note: string;
  /** What --explain adds. */
  readonly reasons: readonly string[];
}

type Layers = ReadonlyMap<string, LayerNode>;

/** A plan as people read it: a block for each image, a line for each of its parts, the reason beside the fact. */
export function formatPlan(plan: Plan, options: PlanTextOptions): string {
  const layers: Layers = new Map(plan.layers.map((layer) => [layer.key, layer]));
  return [...plan.bases, ...plan.targets].map((target) => formatTarget(target, layers, options)).join('\n\n');
}

function formatTarget(target: TargetPlan, layers: Layers, options: PlanTextOptions): string {
  const { name } = target.target;
  const outputs = target.outputs.map((output) => outputRow(output, target, layers, options.cwd));
  const blocks = target.platforms.map((platform) => ({
    platform: formatPlatform(platform.inputs.platform),
    rows: [...imageRows(platform, layers, options.cwd), ...sizeRows(target, platform)],
  }));
  const [only] = blocks;
  if (blocks.length === 1 && only !== undefined) return block(name, only.platform, [...only.rows, ...outputs], options);
  return [
    ...blocks.map(({ platform, rows }) => block(name, platform, rows, options)),
    ...(outputs.length === 0 ? [] : [block(name, '', outputs, options)]),
  ].join('\n');
}

function imageRows(platform: PlatformPlan, layers: Layers, cwd: string): readonly Row[] {
  const own = platform.own.flatMap((key) => layers.get(key) ?? []);
  return [baseRow(platform, cwd), ...dependencyRows(platform, own), ...appRows(platform, own)];
}

/** Of a base's path about this much is shown. */
const baseWidth = 40;

function baseRow({ base, below, inputs }: PlatformPlan, cwd: string): Row {
  const { interpreter, libc } = inputs.facts;
  const facts = [
    ...(interpreter === undefined
      ? []
      : [`${interpreter.implementation === 'pypy' ? 'PyPy' : 'CPython'} ${interpreter.version}`]),
    ...(libc === undefined ? [] : [`${libc.kind} ${libc.version}`]),
  ].join(', ');
  const { text } = base;
  return {
    part: 'base',
    what:
      text.includes('@') || below !== undefined
        ? text
        : `${shortBase(text, cwd)}@${base.digest.slice(0, 'sha256:'.length + 4)}…`,
    state: base.state,
    standing: base.state,
    note: (base.state === 'fresh' ? '' : `: ${formatReasons(base.reasons)}`) + (facts === '' ? '' : `   ${facts}`),
    reasons: base.reasons.map(formatReason),
  };
}

/** Of a long path its end, by whole names: that is what tells one from another. */
function shortBase(text: string, cwd: string): string {
  const [, word = '', path = ''] = /^((?:oci|oci-archive|docker-archive|rootfs):)(.*)$/.exec(text) ?? [];
  if (word === '') return text;
  const names = shownPath(path, cwd).split('/');
  const enough = names.findIndex((_, index) => names.slice(index).join('/').length <= baseWidth);
  const from = enough === -1 ? names.length - 1 : enough;
  return word + (from === 0 ? '' : '…/') + names.slice(from).join('/');
}

function dependencyRows({ inputs }: PlatformPlan, layers: readonly LayerNode[]): readonly Row[] {
  const own = layers.filter(({ kind }) => kind === 'package' || kind === 'venv');
  if (inputs.python === undefined || own.length === 0) return [];
  const packages = own.filter(({ kind }) => kind === 'package');
  const count = inputs.python.packages.filter(({ inBase }) => inBase !== true).length;
  const what = count === 0 ? 'no packages' : `${counted(count, 'package')} in ${counted(packages.length, 'layer')}`;
  return [{ part: 'dependencies', what, ...standing(own, packages), reasons: explained(own) }];
}

function appRows({ inputs }: PlatformPlan, layers: readonly LayerNode[]): readonly Row[] {
  const app = layers.filter(({ kind }) => kind === 'app');
  if (app.length === 0) return [];
  const { files, sizeBytes } = inputs.app;
  const what = `${counted(files, 'file')}, ${formatBytes(sizeBytes)}`;
  return [{ part: 'app', what, ...standing(app, app), reasons: explained(app) }];
}

/** Only where there are limits to set it against. */
function sizeRows({ target }: TargetPlan, { size }: PlatformPlan): readonly Row[] {
  if (Object.keys(target.limits).length === 0) return [];
  const { totalBytes, beforeBytes, isEstimate, excesses } = size;
  const before = beforeBytes === undefined ? '' : `, was ${formatBytes(beforeBytes)}`;
  const row = { part: 'size', what: `${isEstimate ? '~' : ''}${formatBytes(totalBytes)}${before}`, reasons: [] };
  const [first] = excesses;
  if (first === undefined) return [{ ...row, state: 'fresh', standing: 'within limits', note: '' }];
  const over = excesses.map(({ limit, limitBytes }) => `limits.${limit} (${formatBytes(limitBytes)})`);
  return [{ ...row, state: 'refused', standing: `over ${over.join(' and ')}`, note: `: ${first.because}` }];
}

/** How layers stand together; only `countedOnes` are counted. */
function standing(
  layers: readonly LayerNode[],
  countedOnes: readonly LayerNode[],
): Pick<Row, 'state' | 'standing' | 'note'> {
  const stale = layers.filter(({ state }) => state === 'stale');
  const caches = cachesOf(countedOnes.length === 0 ? layers : countedOnes);
  if (stale.length === 0 && caches === '') return { state: 'fresh', standing: 'fresh', note: '' };
  const staleCounted = countedOnes.filter(({ state }) => state === 'stale').length;
  const cached = countedOnes.filter(({ layer }) => layer?.cache !== undefined).length;
  const fresh = countedOnes.length - staleCounted - cached;
  const all = [
    ...(fresh === 0 ? [] : [[fresh, 'fresh']]),
    ...(caches === '' ? [] : [[cached, `from cache ${caches}`]]),
    ...(stale.length === 0 ? [] : [[staleCounted === 0 ? 'venv' : staleCounted, 'stale']]),
  ];
  return {
    state: stale.length === 0 ? 'fresh' : 'stale',
    standing: all.length === 1 ? `${all[0]?.[1]}` : all.map((words) => words.join(' ')).join(', '),
    note: stale.length === 0 ? '' : `: ${formatReasons(stale.flatMap(({ reasons }) => reasons))}`,
  };
}

/** The remote caches that have some of the layers. */
function cachesOf(layers: readonly LayerNode[]): string {
  const names = layers
    .flatMap(({ layer }) => layer?.cache ?? [])
    .map(({ host, repository }) => `${host}/${repository}`);
  return [...new Set(names)].join(', ');
}

function explained(layers: readonly LayerNode[]): readonly string[] {
  return layers
    .filter(({ state }) => state === 'stale')
    .flatMap(({ title, reasons, sizeBytes }) =>
      reasons.map((reason: Reason, index) => {
        const size = index === 0 ? ` (layer of ~${formatBytes(sizeBytes)})` : '';
        return `${title}: ${formatReason(reason)}${size}`;
      }),
    );
}

/** That an output lacks the image only follows from what changed in it. */
function changesFirst(reasons: readonly Reason[]): readonly Reason[] {
  const changes = reasons.filter(({ kind }) => kind !== 'not-delivered');
  return changes.length === 0 ? reasons : changes;
}

function outputRow(
  { output, state, reasons, asked }: OutputNode,
  target: TargetPlan,
  layers: Layers,
  cwd: string,
): Row {
  const told = reasons.filter(({ kind }) => kind !== 'below');
  const row = { part: 'output', what: shownPath(output.name, cwd), note: '', reasons: told.map(formatReason) };
  if (state === 'fresh' && asked) return { ...row, state, standing: 'fresh' };
  if (state === 'fresh') return { ...row, state: 'unknown', standing: 'asked at delivery' };
  const stale = [...new Set(target.platforms.flatMap((platform) => platform.layers))].flatMap((key) => {
    const layer = layers.get(key);
    return layer?.state === 'stale' ? [layer] : [];
  });
  const bytes = stale.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (stale.length === 0)
    return { ...row, state, standing: 'stale', note: `: ${formatReasons(changesFirst(reasons))}` };
  return { ...row, state, standing: `${counted(stale.length, 'layer')} stale`, note: `, ~${formatBytes(bytes)}` };
}

const looks = { fresh: 'good', stale: 'stale', unknown: 'quiet', refused: 'bad' } as const;
const firstWidth = 'dependencies'.length;
/** Longer texts stand out of their column, so that one of them does not move all the others. */
const secondWidth = 60;

function block(
  name: string,
  platform: string,
  rows: readonly Row[],
  { explain, paint = plainPaint }: PlanTextOptions,
): string {
  const width = Math.max(...rows.map(({ what }) => what.length).filter((length) => length <= secondWidth), 0);
  const heading = [paint('heading', name), platform].filter(Boolean).join('  ');
  const lines = rows.flatMap(({ part, what, state, standing, note, reasons }) => [
    `  ${part.padEnd(firstWidth)}  ${visible(what).padEnd(width)}  ${paint(looks[state], standing)}${visible(note)}`,
    ...(explain ? reasons.map((line) => `  ${''.padEnd(firstWidth)}    ${visible(line)}`) : []),
  ]);
  return [heading, ...lines].join('\n');
}
