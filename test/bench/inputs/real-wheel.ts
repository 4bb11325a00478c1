import fs from 'node:fs';
import path from 'node:path';
import { findWheelsOf } from '../../support/find-wheels.ts';
import type { BenchBase } from './base.ts';
import { type BenchWheel, wheelAt } from './wheels.ts';

const machines: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** A wheel of a package with native code that fits the base, where one is on this machine. */
export function realWheel(name: string, base: BenchBase): BenchWheel | undefined {
  const fitting = findWheelsOf(name).filter((file) => fits(path.basename(file), base));
  const newest = fitting.toSorted().at(-1);
  return newest === undefined ? undefined : wheelAt(newest);
}

function fits(filename: string, { root }: BenchBase): boolean {
  const [, minor, platform] = /-cp3(\d+)-cp3\d+-(manylinux\S+)\.whl$/.exec(filename) ?? [];
  if (minor === undefined || platform?.endsWith(machines[process.arch] ?? '?') !== true) return false;
  return fs.existsSync(path.join(root, `usr/bin/python3.${minor}`));
}
