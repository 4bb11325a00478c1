import { test } from 'node:test';
import { vectorsFolder } from './vectors.ts';

if (vectorsFolder === undefined)
  test('the answers of the real libraries', {
    skip: 'PYCONTAINER_VECTORS names no folder, so nothing in test/vectors/ is compared',
  });
