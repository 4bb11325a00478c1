import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason } from '../../src/events.ts';
import { planDot } from '../../src/ui/plan-dot.ts';
import { type LayerSketch, planOf, type TargetSketch } from './plans.ts';

const cart: Reason = { kind: 'file', change: 'changed', path: 'src/shop/cart.py' };
const packages: LayerSketch = { kind: 'package', title: '41 packages', sizeBytes: 21_300_000 };
const app = (...reasons: Reason[]): LayerSketch => ({
  kind: 'app',
  title: 'app',
  sizeBytes: 600_000,
  ...(reasons.length === 0 ? {} : { reasons }),
});
const unasked = { state: 'fresh', asked: false, reasons: [] } as const;

const dot = (...targets: readonly TargetSketch[]): string => planDot(planOf(targets), '/project');

test('one image is drawn from its base to its output, each part with its state and its reason', () => {
  const outputs = [{ state: 'stale', asked: false, reasons: [{ kind: 'below', node: 'image:api' }] }] as const;
  assert.equal(
    dot({ name: 'api', images: [{ packages: 41, layers: [packages, app(cart)] }], outputs }),
    `digraph pycontainer {
  rankdir=LR;
  node [shape=box, fontname="sans-serif", fontsize=10];
  "package 41 packages" [label="41 packages\\n21.3 MB", style="rounded,filled", fillcolor="#e3f4e3"];
  "app app" [label="app\\n~600.0 kB\\nsrc/shop/cart.py changed", style="rounded,filled,bold", fillcolor="#ffe0b3"];
  "image of api linux/amd64" [label="api\\nlinux/amd64", style="rounded,filled,bold", fillcolor="#ffe0b3"];
  "sha256:6fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd1" [label="python:3.12-slim\\nsha256:6fd16fd16fd1…", style="rounded,filled", fillcolor="#e3f4e3"];
  "output" [label="out", style="rounded,filled,bold", fillcolor="#ffe0b3"];
  "sha256:6fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd16fd1" -> "image of api linux/amd64";
  "package 41 packages" -> "image of api linux/amd64";
  "app app" -> "image of api linux/amd64";
  "image of api linux/amd64" -> "output";
}`,
  );
});

test('several platforms meet in an index; what images share is one node', () => {
  const layers = [packages];
  const images = [
    { platform: 'linux/amd64', layers },
    { platform: 'linux/arm64', layers },
  ];
  const text = dot({ name: 'api', images, outputs: [unasked] }, { name: 'web', images: [{ layers }], outputs: [] });
  assert.equal(text.split('"package 41 packages" [').length, 2);
  assert.equal(text.split('"package 41 packages" -> ').length, 4);
  assert.match(text, /"image of api linux\/arm64" -> "index of api";/);
  assert.match(text, /"index of api" -> "output";/);
  assert.match(text, /"output" \[label="out", style="rounded,filled,dashed"/);
  assert.doesNotMatch(text, /index of web/);
});

test('names cannot break out of a label', () => {
  const evil = { ...packages, title: 'a"; evil [label="\\\n\u001b[31m' };
  const text = dot({ name: 'api', images: [{ layers: [evil] }], outputs: [] });
  assert(text.includes('[label="a\\"; evil [label=\\"\\\\\uFFFD\uFFFD[31m\\n21.3 MB"'));
  assert(!text.includes('\u001b'));
});
