import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDriverLibrary, systemPackages } from '../../../src/python/install/system-libraries.ts';

for (const [soname, debian, alpine] of [
  ['libpq.so.5', 'libpq5', 'libpq'],
  ['libGL.so.1', 'libgl1', 'mesa-gl'],
  ['libgomp.so.1', 'libgomp1', 'libgomp'],
  ['libgdal.so.32', 'libgdal32', 'gdal'],
  ['libgeos.so.3.11.1', 'libgeos3.11.1', 'geos'],
  ['libtiff.so.6', 'libtiff6', 'tiff'],
  ['libicuuc.so.72', 'libicu72', 'icu-libs'],
] as const) {
  test(`${soname} is in ${debian} and ${alpine}`, () => {
    assert.deepEqual(systemPackages(soname), { debian, alpine });
  });
}

test('what is not known has no package', () => {
  for (const soname of ['libown.so.1', 'libgdal.so', 'constructor', '', 'libpq.so.4'])
    assert.equal(systemPackages(soname), undefined);
});

test('driver libraries are those that the container runtime mounts', () => {
  const names = [
    'libcuda.so.1',
    'libnvidia-ml.so.1',
    'libnvidia-ptxjitcompiler.so.1',
    'libcudart.so.13',
    'libcuda_own.so',
  ];
  assert.deepEqual(names.map(isDriverLibrary), [true, true, true, false, false]);
});
