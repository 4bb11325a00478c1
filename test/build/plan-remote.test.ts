import assert from 'node:assert/strict';
import { it } from 'node:test';
import { selectTargets } from '../../src/index.ts';
import type { OutputNode } from '../../src/plan/plan.ts';
import { memoryRegistry } from '../support/memory-registry.ts';
import { Project } from '../support/project.ts';

async function plannedOutput(project: Project, remote: boolean): Promise<OutputNode | undefined> {
  const { workspace, config } = await project.open({ push: true });
  await using opened = workspace;
  const plan = await opened.plan(selectTargets(config, []), { remote });
  return plan.targets[0]?.outputs.find(({ output }) => output.isRemote);
}

it('a plan asks registries what they lack when it is told to, and only then', async () => {
  await using registry = await memoryRegistry();
  await using project = await Project.with({
    'main.py': '',
    'pycontainer.yaml': `targets: {api: {base: "oci:../base", cmd: [python, main.py], tags: ["${registry.host}/api:1"]}}`,
  });
  await project.up({ push: true });
  const there = await plannedOutput(project, true);
  assert.deepEqual([there?.state, there?.asked], ['fresh', true]);
  registry.repository('api').tags.clear();
  registry.repository('api').manifests.clear();
  const requests = registry.requests.length;
  const unasked = await plannedOutput(project, false);
  assert.deepEqual([unasked?.state, unasked?.asked, registry.requests.length], ['fresh', false, requests]);
  const gone = await plannedOutput(project, true);
  assert.deepEqual([gone?.state, gone?.reasons], ['stale', [{ kind: 'not-delivered', what: 'the tag 1' }]]);
});
