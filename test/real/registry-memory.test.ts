import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { writeLargeLayout } from '../support/large-layer.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';

const skip = partsMissing('docker-registry', 'skopeo');

/** More than a layer on its way takes (10 MB at most were seen), and less than chunks that wait for their collection (47). */
const limitBytes = 30e6;

/** The most memory that a build takes, with a store of its own. */
async function peakBytes(rig: Rig, manifest: object, ...args: readonly string[]): Promise<number> {
  const report = path.join(rig.root, 'peak');
  const probe = path.join(rig.root, 'probe.mjs');
  const write = `writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS))`;
  writeFileSync(probe, `import { writeFileSync } from 'node:fs';\nprocess.on('exit', () => ${write});\n`);
  rig.write({ 'main.py': '', 'pycontainer.yaml': JSON.stringify(manifest) });
  for (const name of ['.pycontainer', 'pycontainer.lock', '../store']) rig.remove(name);
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(probe).href}`, PYCONTAINER_ENGINE: 'none' };
  await rig.ok(['build', ...args], { env });
  return Number(readFileSync(report, 'utf8')) * 1024;
}

test('a layer of half a gigabyte takes no more memory than a small one, pulled and pushed', { skip }, async () => {
  await using registry = await startDockerRegistry();
  await using rig = new Rig();
  const layouts = [1, 512].map((size) => writeLargeLayout(path.join(rig.root, `layout-${size}`), size));
  const pulls: number[] = [];
  const pushes: number[] = [];
  for (const [index, layout] of layouts.entries()) {
    const base = `${registry.host}/base:${index}`;
    const copy = ['--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${base}`];
    execFileSync('skopeo', copy, { stdio: 'ignore' });
    pulls.push(await peakBytes(rig, { targets: { a: { base, cmd: ['/large'] } } }));
    const tags = [`${registry.host}/pushed-${index}:1`];
    const outputs = [{ type: 'registry' }];
    pushes.push(await peakBytes(rig, { targets: { a: { base: `oci:${layout}`, tags, outputs, cmd: ['/large'] } } }));
  }
  for (const [small = 0, large = 0] of [pulls, pushes])
    assert(large - small < limitBytes, `${large / 1e6} MB instead of ${small / 1e6} MB`);
});
