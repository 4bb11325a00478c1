import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { digestOf, hexOf } from '../../src/oci/digest.ts';
import type { LayerNode, Plan } from '../../src/plan/plan.ts';
import { Project, staleOf } from '../support/project.ts';
import { rejectsWith } from '../support/rejects.ts';
import { filesOf, imageOf } from './image-files.ts';

async function project(
  targets = 'api: {base: "oci:../base", cmd: [python, main.py], exclude: [wheels]}',
): Promise<Project> {
  const made = await Project.with({ 'pycontainer.yaml': `targets: {${targets}}`, 'main.py': 'print(1)\n' });
  await made.writeWheels({ name: 'one', files: { 'one.py': '1\n' } }, { name: 'two', files: { 'two.py': '2\n' } });
  return made;
}

function layerNode({ layers }: Plan, kind: LayerNode['kind']): LayerNode {
  const node = layers.find((layer) => layer.kind === kind);
  assert(node !== undefined);
  return node;
}

function blobFile(from: Project, plan: Plan, kind: LayerNode['kind']): string {
  const { layer } = layerNode(plan, kind);
  assert(layer !== undefined);
  return `${from.storeFolder}/blobs/sha256/${hexOf(layer.digest)}`;
}

function flipByte(file: string): void {
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  fs.rmSync(file);
  fs.writeFileSync(file, bytes);
}

const harms: Readonly<Record<string, (file: string) => void>> = {
  'a bit flipped': flipByte,
  truncated: (file) => fs.truncateSync(file, 100),
  emptied: (file) => fs.truncateSync(file, 0),
};

describe('a damaged blob in the store', () => {
  for (const kind of ['package', 'venv', 'app'] as const) {
    for (const [how, harm] of Object.entries(harms)) {
      it(`is found when the ${kind} layer is delivered, ${how}, and made again by the next plan`, async () => {
        await using test = await project();
        await test.up();
        const before = imageOf(test).digest;
        fs.rmSync(test.path('.pycontainer'), { recursive: true });
        const plan = await test.plan();
        const { layer, title } = layerNode(plan, kind);
        harm(blobFile(test, plan, kind));
        await rejectsWith(test.up(), 'store-blob-damaged');
        const again = await test.up();
        assert.deepEqual(staleOf(again.plan), [title]);
        assert.deepEqual(layerNode(again.plan, kind).reasons, [{ kind: 'evicted', digest: layer?.digest }]);
        assert.equal(imageOf(test).digest, before);
      });
    }
  }

  it('is made again when it is gone, with nothing delivered in between', async () => {
    await using test = await project();
    await test.up();
    fs.rmSync(blobFile(test, await test.plan(), 'app'));
    const { plan, result } = await test.up();
    assert.deepEqual([staleOf(plan), result.built], [['app'], 1]);
  });

  it('that was copied out of another image is copied again', async () => {
    await using test = await project(
      'api: {base: "oci:../base", cmd: [python], exclude: [wheels], files: [{from: "oci:../base", src: /etc/passwd, dest: /x/}]}',
    );
    await test.up();
    const before = imageOf(test).digest;
    const copied = digestOf((await filesOf(imageOf(test))).get('x/passwd') ?? '');
    fs.rmSync(test.path('.pycontainer'), { recursive: true });
    fs.rmSync(blobFile(test, await test.plan(), 'app'));
    flipByte(`${test.storeFolder}/blobs/sha256/${hexOf(copied)}`);
    await rejectsWith(test.up(), 'store-blob-damaged', new RegExp(copied));
    await test.up();
    assert.equal(imageOf(test).digest, before);
  });

  it('of which a new layer would take pieces spoils no layer', async () => {
    await using test = await project();
    await test.up();
    flipByte(blobFile(test, await test.plan(), 'app'));
    test.write({ 'new.py': 'new\n' });
    await test.up();
    const files = await filesOf(imageOf(test));
    assert.deepEqual([files.get('app/main.py'), files.get('app/new.py')], ['print(1)\n', 'new\n']);
  });
});

describe('a build that fails', () => {
  it('names all that failed, each with its images, and keeps what was made', async () => {
    await using test = await project(
      ['api', 'web'].map((name) => `${name}: {base: "oci:../base", cmd: [python], exclude: [wheels]}`).join(', '),
    );
    const { workspace, config } = await test.open();
    await using opened = workspace;
    const plan = await opened.plan([...config.targets.values()]);
    fs.rmSync(test.path('wheels/one-1.0-py3-none-any.whl'));
    fs.writeFileSync(test.path('main.py'), 'other!!!\n');
    const error: unknown = await opened.build(plan).catch((caught: unknown) => caught);
    assert(error instanceof PycontainerError);
    const messages = [error, ...error.others].map(({ message }) => message).sort();
    assert.equal(messages.length, 2, messages.join('\n'));
    assert(
      messages.every((message) => /\[while making .* \(for api linux\/amd64, web linux\/amd64\)\]$/.test(message)),
      messages.join('\n'),
    );
    assert(!fs.existsSync(test.path('.pycontainer')), 'nothing was delivered');
    assert.deepEqual(fs.readdirSync(`${test.storeFolder}/tmp`), []);
  });

  it('stops when it is told to, leaves no half blob, and goes on from there', async () => {
    await using test = await project();
    const controller = new AbortController();
    const stopped = test.up({
      signal: controller.signal,
      emit: (event) => {
        if (event.type === 'node-finished') controller.abort();
      },
    });
    await rejectsWith(stopped, 'interrupted');
    assert.deepEqual(fs.readdirSync(`${test.storeFolder}/tmp`), []);
    const { plan } = await test.up();
    assert(staleOf(plan).length < 3, 'what was finished is kept');
    assert.equal((await filesOf(imageOf(test))).get('app/main.py'), 'print(1)\n');
  });

  it('delivers to no output before all layers of all targets are there', async () => {
    await using test = await project(
      'api: {base: "oci:../base", cmd: [python], exclude: [wheels, web]}, web: {base: "oci:../base", cmd: [python], context: web, dependencies: {from: none.txt}}',
    );
    test.write({ 'none.txt': '', 'web/web.py': '1\n' });
    const { workspace, config } = await test.open();
    await using opened = workspace;
    const plan = await opened.plan([...config.targets.values()]);
    fs.rmSync(test.path('web/web.py'));
    await rejectsWith(opened.build(plan), 'file-changed-while-read', /web\.py.*\(for web linux\/amd64\)/);
    assert(!fs.existsSync(test.path('.pycontainer')));
  });
});
