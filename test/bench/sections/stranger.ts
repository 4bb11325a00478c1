import fs from 'node:fs';
import { type BuildersSpec, ourBuilder } from '../builders.ts';
import type { Fixtures } from '../fixtures.ts';
import { imageOf } from '../inputs/project.ts';
import { realWheel } from '../inputs/real-wheel.ts';
import type { BenchWheel } from '../inputs/wheels.ts';
import { layerDigests } from '../layout.ts';
import type { Bench } from '../session.ts';

/** Somebody else, with another store, other packages and another app, who has the same wheel of numpy, or a large one. */
export async function stranger(bench: Bench, fixtures: Fixtures): Promise<void> {
  const base = await fixtures.base();
  const others = fixtures.wheels(10).filter(({ name }) => name !== 'numpy');
  const numpy = realWheel('numpy', base);
  const both = numpy ?? largest(fixtures.dependencies());
  const mine = await digests(bench, fixtures, { label: 'mine', wheels: [both, ...others.slice(3, 8)], appFiles: 10 });
  const theirs = await digests(bench, fixtures, {
    label: 'theirs',
    wheels: [both, ...others.slice(8, 9)],
    appFiles: 7,
  });
  const known = new Set(layerDigests(base.layout));
  const same = theirs.filter((digest) => mine.includes(digest) && !known.has(digest));
  bench.goals.push({
    job: `a stranger with the same ${numpy === undefined ? 'large wheel' : `wheel of numpy ${numpy.version}`}`,
    wanted: 'the same layer: at least 1',
    limit: 1,
    unit: 'layers',
    bound: 'least',
    found: same.length,
  });
}

async function digests(bench: Bench, fixtures: Fixtures, spec: BuildersSpec): Promise<readonly string[]> {
  const builder = await ourBuilder(bench, fixtures, spec);
  await builder.build({ signal: bench.bounded() });
  return layerDigests(imageOf(builder.project));
}

function largest(wheels: readonly BenchWheel[]): BenchWheel {
  const sized = wheels.map((wheel) => ({ wheel, sizeBytes: fs.statSync(wheel.path).size }));
  const [first] = sized.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  if (first === undefined) throw new Error('there are no wheels');
  return first.wheel;
}
