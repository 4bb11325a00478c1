import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLayout } from '../support/layout.ts';
import { serve } from '../support/server.ts';
import { manifest, smallProject } from './project.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends with 130 and says so in one line; the next up does the rest`, async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    await using silent = await serve(() => isAsked());
    await using rig = await smallProject({ 'pycontainer.yaml': manifestOn(silent.host) });
    const { process, ended } = rig.start(['up']);
    await asked;
    process.kill(signal);
    const { status, stdout, stderr } = await ended;
    assert.deepEqual([status, stdout], [130, '']);
    assert.match(stderr, /^error\[interrupted\]: .*\n/m);
    assert.doesNotMatch(stderr, /^\s+at /m);
    rig.write({ 'pycontainer.yaml': manifest });
    const again = await rig.ok(['up']);
    assert.equal(again.stdout, `web ${readLayout(rig.path('.pycontainer/images/web')).digest}\n`);
  });
}

test('a reader that goes away early is no failure', async () => {
  await using rig = await smallProject();
  const { process, ended } = rig.start(['plan', '--format', 'json']);
  process.stdout?.destroy();
  const { stderr } = await ended;
  assert.doesNotMatch(stderr, /EPIPE|^\s+at /m);
});

/** A base in a registry that takes the question and never answers. */
function manifestOn(host: string): string {
  return `${manifest.replace('oci:../base', `${host}/base:1`)}registries: { "${host}": { insecure: true } }\n`;
}
