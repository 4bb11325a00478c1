import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest } from '../../src/oci/manifest.ts';
import { writeBases } from '../support/bases.ts';
import { freePort } from '../support/daemon.ts';
import { nativeRig } from '../support/native-project.ts';
import { ownPins, ownWheels } from '../support/own-stack.ts';
import { pinned } from '../support/pins.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { machineSettings } from '../support/real-stack.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig, type RigFiles } from '../support/rig.ts';
import { checker } from '../support/stack.ts';
import { type UnpackedImage, unpackImage, unpackParts } from '../support/unpacked.ts';

const skip = pythonBaseMissing || partsMissing('root', ...unpackParts);
const architectures = ['amd64', 'arm64'];
const checked = /^\d+ packages with \d+ files are right$/;

test('own wheels for two architectures make one index', { skip }, async (t) => {
  await using rig = await rigFor({
    'requirements.txt': lines('--no-index', '--find-links ../wheels', ...ownPins),
    'app.py': ownApp,
  });
  const port = await freePort();
  const { events } = await rig.ok([...up(port), '--set', 'app.cmd=["servish","app:answer"]']);
  assert.deepEqual(
    events.filter(({ type }) => type === 'warning'),
    [],
  );
  const layout = rig.path('.pycontainer/images/app');
  const images = readImages(layout);

  await t.test('each image is for its own architecture, and no blob is there in vain', () => {
    assert.deepEqual(
      images.map(({ descriptor }) => descriptor.platform?.architecture),
      architectures,
    );
    assert.deepEqual(
      images.map(({ config }) => config.architecture),
      architectures,
    );
    const needed = images.flatMap(({ descriptor, manifest }) => [descriptor, manifest.config, ...manifest.layers]);
    const index = (readJson(path.join(layout, 'index.json')) as ImageIndex).manifests;
    const digests = new Set([...index, ...needed].map(({ digest }) => digest.replace('sha256:', '')));
    assert.deepEqual(readdirSync(path.join(layout, 'blobs/sha256')).sort(), [...digests].sort());
  });

  await t.test('layers without anything native are shared, the others are not', () => {
    const [amd64 = [], arm64 = []] = images.map(({ manifest }) => manifest.layers.map(({ digest }) => digest));
    const same = amd64.map((digest, place) => digest === arm64[place]);
    assert.deepEqual(same, [false, true, false, false, true], 'base, apish, the other packages, venv, app');
  });

  for (const architecture of architectures) {
    await t.test(`the one for ${architecture} answers, and its packages are right`, async () => {
      const image = await unpackImage(layout, architecture, rig.root);
      assert.equal(await answerOf(image, port), `<p>"\\u00e9"</p> words (5.0, 25.0) ${machines[architecture]}`);
      assert.match(await image.run('python', '-B', '-c', checker, ...ownPins), checked);
      assert.equal(await image.run('python', '-m', 'compileall', '-q', '/opt/venv/lib'), '');
    });
  }
});

test('Starlette and uvicorn from real wheels, with a native one of our own, for arm64', { skip }, async (t) => {
  const pins = await pinned(['starlette', 'uvicorn']);
  if ('missing' in pins) return t.skip(`no wheel of ${pins.missing} is at hand`);
  const requirements = [...pins, 'loopish==1.1'];
  await using rig = await rigFor({
    'requirements.txt': lines('--find-links ../wheels', ...requirements),
    'main.py': starletteApp,
  });
  machineSettings(rig);
  const port = await freePort();
  await rig.ok([...up(port), '--platform', 'linux/arm64']);
  const image = await unpackImage(rig.path('.pycontainer/images/app'), 'arm64', rig.root);
  assert.equal(await answerOf(image, port), '{"machine":"aarch64","page":4096}');
  assert.match(await image.run('python', '-B', '-c', checker, ...requirements), checked);
});

test('a uv.lock that has a native package for x86_64 only is refused for arm64', { skip }, async () => {
  await using rig = await nativeRig('oci:../bases:slim', ['amd64']);
  await writeBases(path.join(rig.root, 'bases'), { architectures });
  for (const command of ['plan', 'up']) {
    const { status, stdout, stderr } = await rig.run([command, '--platform', 'linux/arm64']);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^error\[wheel-not-fitting\]: limits 1\.0 has no wheel that fits the base: it has cp3\d+-cp3\d+-manylinux_2_17_x86_64; the base takes cp3\d+-cp3\d+-manylinux_2_\d+_aarch64 and what is compatible with it\n --> uv\.lock:5:1\n/,
    );
    assert.match(stderr, /= help: It has wheels for x86_64, not for aarch64/);
  }
  await rig.ok(['plan', '--platform', 'linux/amd64']);
});

const machines: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

const ownApp = `import os

import apish
import numish
import sciish


def answer():
    squares = (numish.square([1.0, 2.0]), sciish.square([3.0, 4.0]))
    return f"{apish.page('é')} {apish.words()} {squares} {os.uname().machine}"
`;

const starletteApp = `import platform

import loopish
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def answer(request):
    return JSONResponse({"machine": platform.machine(), "page": loopish.getpagesize()})


app = Starlette(routes=[Route("/", answer)])
`;

/** A project for both architectures, with bases and own wheels for both beside it. */
async function rigFor(files: RigFiles): Promise<Rig> {
  const rig = new Rig(files);
  rig.write({
    'pycontainer.yaml': JSON.stringify({
      targets: {
        app: {
          base: 'oci:../bases:slim',
          platforms: architectures.map((name) => `linux/${name}`),
          user: '1000:1000',
        },
      },
    }),
  });
  await writeBases(path.join(rig.root, 'bases'), { architectures });
  const folder = path.join(rig.root, 'wheels');
  mkdirSync(folder);
  for (const wheel of [...(await ownWheels()), ...(await ownWheels('arm64'))]) {
    writeFileSync(path.join(folder, wheel.filename), wheel.bytes);
  }
  return rig;
}

function up(port: number): readonly string[] {
  const settings = ['--set', `app.ports=[${port}]`, '--set', `app.environment.PORT="${port}"`];
  return ['up', '--progress', 'rawjson', ...settings];
}

function lines(...texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}

/** Its first answer, once it is up. */
async function answerOf(image: UnpackedImage, port: number): Promise<string> {
  let answer = '';
  await using _app = await image.start(async () => {
    answer = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    return true;
  });
  return answer;
}

interface IndexedImage {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** The images of the only index in a layout, in its order. */
function readImages(layout: string): readonly IndexedImage[] {
  const blob = (descriptor: Descriptor): string => path.join(layout, 'blobs', descriptor.digest.replace(':', '/'));
  const { manifests } = readJson(path.join(layout, 'index.json')) as ImageIndex;
  const [root] = manifests;
  assert(root !== undefined && new Set(manifests.map(({ digest }) => digest)).size === 1);
  return (readJson(blob(root)) as ImageIndex).manifests.map((descriptor) => {
    const manifest = readJson(blob(descriptor)) as ImageManifest;
    return { descriptor, manifest, config: readJson(blob(manifest.config)) as ImageConfig };
  });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
