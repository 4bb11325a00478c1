import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { examplesFolder, exampleRig, wheelsMissing } from '../support/example.ts';
import { type LayoutImage, layerHeaders, readLayout } from '../support/layout.ts';
import { pythonBaseMissing } from '../support/python-base.ts';
import { pythonLayout } from '../support/python-layout.ts';

interface Expected {
  /** How each of its images starts. */
  readonly starts: Readonly<Record<string, readonly string[]>>;
  /** Files that its last layer must have. */
  readonly app: readonly string[];
  readonly check?: (images: ReadonlyMap<string, LayoutImage>) => void;
}

const port = ['--host', '0.0.0.0', '--port', '8000'];
const examples: Readonly<Record<string, Expected>> = {
  hello: { starts: { hello: ['python', '-m', 'hello'] }, app: ['app/hello/__main__.py'] },
  fastapi: {
    starts: { forecast: ['uvicorn', 'forecast.main:app', ...port] },
    app: ['app/forecast/main.py', 'app/forecast/trend.py'],
  },
  requirements: { starts: { web: ['gunicorn', '--bind', '0.0.0.0:8000', 'app:app'] }, app: ['app/app.py'] },
  monorepo: {
    starts: { api: ['api'], worker: ['worker'] },
    app: ['opt/venv/src/kit/src/kit/__init__.py'],
    check: (images) => {
      const [api = [], worker = []] = ['api', 'worker'].map((name) =>
        images.get(name)?.layers.map(({ digest }) => digest),
      );
      assert.deepEqual(api.slice(0, -1), worker.slice(0, -1), 'all layers but the last are shared');
      assert(api.length >= 4 && api.at(-1) !== worker.at(-1));
    },
  },
};

test('every example is built here', () => {
  const folders = readdirSync(examplesFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(folders.map(({ name }) => name).sort(), Object.keys(examples).sort());
});

for (const [name, { starts, app, check }] of Object.entries(examples)) {
  test(`the example ${name} is built`, { skip: pythonBaseMissing || wheelsMissing(name) }, async () => {
    await using rig = exampleRig(name, `oci:${await pythonLayout()}`);
    const { stdout } = await rig.ok(['up']);
    const images = new Map(
      Object.keys(starts).map((target) => [target, readLayout(rig.path('.pycontainer/images', target))]),
    );
    assert.deepEqual(
      stdout.trimEnd().split('\n'),
      [...images].map(([target, { digest }]) => `${target} ${digest}`),
    );
    for (const [target, image] of images) {
      assert.deepEqual(image.config.config.Cmd, starts[target]);
      const last = image.layers.at(-1);
      assert(last !== undefined);
      const paths = await layerHeaders(last);
      for (const path of app) assert(paths.has(path), `${path} in ${[...paths.keys()].join(', ')}`);
    }
    check?.(images);
  });
}
