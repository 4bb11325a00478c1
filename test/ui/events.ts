import { PycontainerError } from '../../src/errors.ts';
import type { Event } from '../../src/events.ts';
import type { DiffId, LayerKey } from '../../src/oci/digest.ts';
import { digestOf } from './plans.ts';

/** One event of every kind at least; a new kind does not compile before it stands here. */
export const samples: { readonly [Type in Event['type']]: readonly Extract<Event, { type: Type }>[] } = {
  planned: [
    {
      type: 'planned',
      fresh: 3,
      stale: 1,
      durationMs: 12.3,
      images: [
        {
          target: 'api',
          platform: 'linux/amd64',
          nodes: [
            { node: 'base:api', kind: 'base', title: 'python:3.12-slim', state: 'fresh' },
            { node: 'package:1', kind: 'package', title: '41 packages', state: 'fresh', packages: 41 },
            { node: 'package:2', kind: 'package', title: 'numpy 2.3.5', state: 'fresh', packages: 1 },
            { node: 'venv:1', kind: 'venv', title: 'venv', state: 'fresh' },
            { node: 'app:1', kind: 'app', title: 'app', state: 'stale' },
            { node: 'output:1', kind: 'output', title: 'out', state: 'stale' },
          ],
        },
      ],
    },
  ],
  assumed: [
    { type: 'assumed', what: 'no manifest' },
    { type: 'assumed', target: 'api', what: 'start: x' },
  ],
  resolved: [{ type: 'resolved', what: 'python:3.12-slim', to: 'sha256:1' }],
  'node-started': [
    { type: 'node-started', node: 'app:1', kind: 'app', title: 'app', reasons: [{ kind: 'never-built' }] },
    { type: 'node-started', node: 'output:1', kind: 'output', title: 'api → out', reasons: [] },
  ],
  'node-progress': [{ type: 'node-progress', node: 'app:1', doneBytes: 1, totalBytes: 2 }],
  'node-finished': [
    {
      type: 'node-finished',
      node: 'app:1',
      kind: 'app',
      title: 'app',
      durationMs: 1234,
      sizeBytes: 4096,
      key: `sha256:${'1'.repeat(64)}` as LayerKey,
      digest: digestOf('2'),
      diffId: `sha256:${'3'.repeat(64)}` as DiffId,
    },
    { type: 'node-finished', node: 'output:1', kind: 'output', title: 'api → out', durationMs: 5 },
  ],
  'layer-found': [
    {
      type: 'layer-found',
      node: 'package:2',
      kind: 'package',
      title: 'numpy 2.3.5',
      cache: 'ghcr.io/acme/cache',
      sizeBytes: 21_300_000,
      key: `sha256:${'6'.repeat(64)}` as LayerKey,
      digest: digestOf('7'),
      diffId: `sha256:${'8'.repeat(64)}` as DiffId,
    },
  ],
  'layers-kept': [
    { type: 'layers-kept', cache: 'ghcr.io/acme/cache', sentLayers: 1, sentBytes: 4096, presentLayers: 2 },
    { type: 'layers-kept', cache: 'ghcr.io/acme/cache', sentLayers: 0, sentBytes: 0, presentLayers: 3 },
  ],
  'node-failed': [
    {
      type: 'node-failed',
      node: 'app:1',
      error: new PycontainerError('file-unreadable', 'a.py cannot be read', {
        hint: 'Look.',
        others: [new PycontainerError('internal', 'more')],
      }),
    },
  ],
  download: [
    { type: 'download', what: 'six.whl', doneBytes: 1000, totalBytes: 2000 },
    { type: 'download', what: 'six.whl', doneBytes: 2000, totalBytes: 2000, finished: true },
  ],
  delivered: [
    {
      type: 'delivered',
      target: 'api',
      output: '/project/out',
      digest: digestOf('4'),
      tags: ['api:dev'],
      sentBytes: 2000,
      sentBlobs: 2,
      skippedBlobs: 7,
      savedBytes: 30_000_000,
    },
    {
      type: 'delivered',
      target: 'api',
      output: 'ghcr.io/acme/api:dev',
      digest: digestOf('4'),
      tags: [],
      sentBytes: 0,
      sentBlobs: 0,
      skippedBlobs: 9,
      savedBytes: 30_002_000,
    },
  ],
  'store-damage': [{ type: 'store-damage', digest: digestOf('5'), what: 'damaged' }],
  warning: [
    { type: 'warning', code: 'wheel-yanked', message: 'six 1 was yanked' },
    {
      type: 'warning',
      code: 'lock-choice',
      message: 'two locks',
      hint: 'Name one.',
      location: { file: 'a.yaml', line: 3, column: 5 },
    },
  ],
  container: [
    {
      type: 'container',
      target: 'api',
      name: 'shop-api',
      state: 'started',
      url: 'http://localhost:8000',
      durationMs: 210,
    },
    { type: 'container', target: 'api', name: 'shop-api', state: 'synced', files: 2, durationMs: 12 },
    { type: 'container', target: 'api', name: 'shop-api', state: 'exited', exitCode: 3 },
  ],
  log: [{ type: 'log', target: 'api', stream: 'stderr', text: 'GET http://x/?page=2 \u001B[2Jb' }],
  done: [{ type: 'done', durationMs: 61_000, built: 1, fresh: 3, sentBytes: 2000, savedBytes: 60_002_000 }],
  watching: [{ type: 'watching', targets: ['api', 'worker'], files: 212 }],
  changed: [
    { type: 'changed', what: 'app', paths: ['src/a.py', 'src/b.py'], more: 3 },
    { type: 'changed', what: 'manifest', paths: ['pycontainer.yaml'], more: 0 },
  ],
  rebuilt: [{ type: 'rebuilt', targets: ['api', 'worker'], durationMs: 23.4 }],
  failed: [
    {
      type: 'failed',
      error: new PycontainerError('manifest-invalid', 'no target', {
        hint: 'Add one.',
        location: { file: 'pycontainer.yaml', line: 2, column: 1 },
      }),
    },
  ],
  mended: [{ type: 'mended' }],
};

export const allSamples: readonly Event[] = Object.values(samples).flat();
