import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageReport, LayerReport } from '../../src/image/report.ts';
import { parseDiffId } from '../../src/oci/digest.ts';
import { formatReport } from '../../src/ui/inspect.ts';
import { inspectJson } from '../../src/ui/inspect-json.ts';
import { validator } from '../support/schemas.ts';
import { digestOf } from './plans.ts';

const layer = (mark: string, more: Partial<LayerReport>): LayerReport => ({
  kind: 'package',
  title: 'numpy 2.3.5',
  digest: digestOf(mark),
  diffId: parseDiffId(digestOf(mark)),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  sizeBytes: 21_300_000,
  uncompressedSizeBytes: 70_100_000,
  files: 1203,
  removed: 0,
  packages: ['numpy 2.3.5'],
  ...more,
});

const folder = '/opt/venv/lib/python3.12/site-packages';

const report: ImageReport = {
  image: 'ghcr.io/acme/api:1',
  platform: 'linux/amd64',
  digest: digestOf('6fd1'),
  platforms: ['linux/amd64', 'linux/arm64'],
  sizeBytes: 57_100_000,
  uncompressedSizeBytes: 180_200_000,
  created: '1980-01-01T00:00:00Z',
  base: { name: 'docker.io/library/python:3.12-slim', digest: digestOf('ab') },
  layers: [
    layer('ab', {
      kind: 'other',
      title: `RUN /bin/sh -c ${'set -eux;   '.repeat(20)}\u001b[31m`,
      packages: [],
      removed: 2,
    }),
    layer('cd', {}),
    layer('ef', { title: '5 packages', packages: ['a 1', 'b 1', 'c 1', 'd 1', 'e 1'] }),
    layer('01', { kind: 'app', title: 'app', sizeBytes: 1300, uncompressedSizeBytes: 10_240, files: 1, packages: [] }),
  ],
  packages: [
    { name: 'numpy', version: '2.3.5', folder, sizeBytes: 63_000_000 },
    ...Array.from({ length: 11 }, (_, index) => ({ name: `p${index}`, version: '1', folder, sizeBytes: undefined })),
  ],
  config: {
    Entrypoint: ['/entry point.sh', "it's"],
    Cmd: ['python', '-m', 'shop'],
    Env: ['PATH=/opt/venv/bin:/usr/bin', 'LANG=C.UTF-8'],
    WorkingDir: '/app',
    User: '',
    ExposedPorts: { '8000/tcp': {} },
    Labels: { team: 'shop' },
  },
  annotations: { 'org.opencontainers.image.title': 'api' },
};

test('an image is told by its size, its layers, its largest packages and its config', () => {
  assert.equal(
    formatReport(report, { all: false }),
    `ghcr.io/acme/api:1  linux/amd64
  digest    ${report.digest}
  also for  linux/arm64
  size      57.1 MB, unpacked 180.2 MB, in 4 layers
  created   1980-01-01T00:00:00Z
  base      docker.io/library/python:3.12-slim@${digestOf('ab')}

layers
  sha256:abababababab…   21.3 MB   70.1 MB  1203 files, 2 removed  RUN /bin/sh -c set -eux; set -eux; set -eux; set -eux; set -eux; set -e…
  sha256:cdcdcdcdcdcd…   21.3 MB   70.1 MB  1203 files             numpy 2.3.5
  sha256:efefefefefef…   21.3 MB   70.1 MB  1203 files             5 packages: a 1, b 1, c 1, d 1 and 1 more
  sha256:010101010101…    1.3 kB   10.2 kB  1 file                 app

the largest of 12 packages
   63.0 MB  numpy 2.3.5  ${folder}
${Array.from({ length: 9 }, (_, index) => `            p${index} 1  ${folder}`).join('\n')}

config
  entrypoint   '/entry point.sh' 'it'\\''s'
  cmd          python -m shop
  workdir      /app
  ports        8000/tcp
  environment  PATH=/opt/venv/bin:/usr/bin
               LANG=C.UTF-8
  labels       team=shop

annotations
  org.opencontainers.image.title  api`,
  );
});

test('with all, nothing is left out', () => {
  const text = formatReport(report, { all: true });
  assert.match(text, /5 packages: a 1, b 1, c 1, d 1, e 1\n/);
  assert.match(text, /\n12 packages\n/);
  assert.match(text, / p10 1 /);
});

test('what an image says cannot move the cursor', () => {
  const evil = '\u001b[2J';
  const text = formatReport(
    { ...report, image: evil, config: { Env: [evil] }, annotations: { [evil]: evil } },
    { all: true },
  );
  assert(!text.includes('\u001b'));
});

test('programs get the same as the schema says', () => {
  validator('inspect')(JSON.parse(JSON.stringify(inspectJson(report))));
  const bare = {
    ...report,
    config: { Entrypoint: null, Cmd: null, Volumes: { '/data': {} } },
    base: undefined,
    created: undefined,
  };
  validator('inspect')(JSON.parse(JSON.stringify(inspectJson(bare))));
  assert.throws(() => validator('inspect')({ ...inspectJson(report), more: 1 }));
});
