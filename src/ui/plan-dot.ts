import { formatPlatform } from '../oci/platform.ts';
import type { LayerNode, OutputNode, Plan, PlatformPlan, State, TargetPlan } from '../plan/plan.ts';
import { shownPath } from './path.ts';
import { formatReasons } from './reason.ts';
import { formatBytes, shortDigest } from './units.ts';
import { visible } from './visible.ts';

type Look = State | 'unknown';

/** Told by the line around a node as well, for those who print or see no colours. */
const looks: Readonly<Record<Look, string>> = {
  fresh: 'style="rounded,filled", fillcolor="#e3f4e3"',
  stale: 'style="rounded,filled,bold", fillcolor="#ffe0b3"',
  unknown: 'style="rounded,filled,dashed", fillcolor="#eeeeee"',
};

/**
 * A plan as a graph in Graphviz's language, from bases to outputs: each node once, with its size, its state by its look,
 * and the reason. The same for the same plan.
 * @param cwd absolute; paths below it are shown from there
 * @see https://graphviz.org/doc/info/lang.html
 */
export function planDot(plan: Plan, cwd: string): string {
  const drawing = new Drawing(plan, cwd);
  for (const layer of plan.layers) drawing.layer(layer);
  for (const target of [...plan.bases, ...plan.targets]) drawing.target(target);
  return [
    'digraph pycontainer {',
    '  rankdir=LR;',
    '  node [shape=box, fontname="sans-serif", fontsize=10];',
    ...drawing.lines(),
    '}',
  ].join('\n');
}

class Drawing {
  readonly #cwd: string;
  readonly #stale: ReadonlySet<string>;
  /** By id, in the order in which they came. */
  readonly #nodes = new Map<string, string>();
  readonly #edges = new Set<string>();

  constructor({ layers }: Plan, cwd: string) {
    this.#cwd = cwd;
    this.#stale = new Set(layers.filter(({ state }) => state === 'stale').map(({ key }) => key));
  }

  lines(): readonly string[] {
    return [...this.#nodes.values(), ...this.#edges];
  }

  layer({ key, title, sizeBytes, state, reasons, recipe }: LayerNode): void {
    const size = `${state === 'fresh' ? '' : '~'}${formatBytes(sizeBytes)}`;
    this.#node(key, state, [title, size, formatReasons(reasons)]);
    if (recipe.kind !== 'package') for (const below of recipe.after) this.#edge(below, key);
  }

  target({ target: { name }, platforms, outputs }: TargetPlan): void {
    for (const platform of platforms) this.#image(name, platform);
    const images = platforms.map((platform) => imageId(name, platform));
    const root = images.length === 1 ? (images[0] ?? '') : `index of ${name}`;
    if (images.length > 1) {
      this.#node(root, platforms.some((platform) => this.#isStale(platform)) ? 'stale' : 'fresh', [name, 'index']);
      for (const image of images) this.#edge(image, root);
    }
    for (const output of outputs) this.#output(output, root);
  }

  #image(name: string, platform: PlatformPlan): void {
    const { inputs, base, below, own } = platform;
    const id = imageId(name, platform);
    this.#node(id, this.#isStale(platform) ? 'stale' : 'fresh', [name, formatPlatform(inputs.platform)]);
    if (below !== undefined) this.#edge(imageId(inputs.below?.target.name ?? '', below), id);
    else {
      this.#node(base.digest, base.state, [base.text, shortDigest(base.digest), formatReasons(base.reasons)]);
      this.#edge(base.digest, id);
    }
    for (const key of own) this.#edge(key, id);
  }

  #output({ id, output, state, asked, reasons }: OutputNode, from: string): void {
    const look = state === 'fresh' && !asked ? 'unknown' : state;
    const told = reasons.filter(({ kind }) => kind !== 'below');
    const changes = told.filter(({ kind }) => kind !== 'not-delivered');
    this.#node(id, look, [shownPath(output.name, this.#cwd), formatReasons(changes.length === 0 ? told : changes)]);
    this.#edge(from, id);
  }

  #isStale({ base, layers }: PlatformPlan): boolean {
    return base.state === 'stale' || layers.some((key) => this.#stale.has(key));
  }

  #node(id: string, look: Look, lines: readonly string[]): void {
    const label = lines.filter((line) => line !== '').map(escaped);
    this.#nodes.set(id, `  ${quoted(id)} [label="${label.join('\\n')}", ${looks[look]}];`);
  }

  #edge(from: string, to: string): void {
    this.#edges.add(`  ${quoted(from)} -> ${quoted(to)};`);
  }
}

function imageId(name: string, { inputs }: PlatformPlan): string {
  return `image of ${name} ${formatPlatform(inputs.platform)}`;
}

function quoted(id: string): string {
  return `"${escaped(id)}"`;
}

/** In labels a backslash begins an escape, and a quotation mark ends them. */
function escaped(text: string): string {
  return visible(text).replaceAll(/["\\]/g, '\\$&');
}
