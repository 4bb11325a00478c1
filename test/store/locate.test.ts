import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { locateStore } from '../../src/store/locate.ts';

test('the default place follows XDG, then the platform', () => {
  assert.equal(locateStore({ HOME: '/home/ann' }, 'linux'), '/home/ann/.cache/pycontainer');
  assert.equal(locateStore({ HOME: '/Users/ann' }, 'darwin'), '/Users/ann/Library/Caches/pycontainer');
  assert.equal(locateStore({ HOME: '/home/ann', XDG_CACHE_HOME: '/var/c' }, 'linux'), '/var/c/pycontainer');
  assert.equal(locateStore({ HOME: '/Users/ann', XDG_CACHE_HOME: '/var/c' }, 'darwin'), '/var/c/pycontainer');
});

test('a relative or empty XDG_CACHE_HOME is passed over', () => {
  assert.equal(locateStore({ HOME: '/home/ann', XDG_CACHE_HOME: 'c' }, 'linux'), '/home/ann/.cache/pycontainer');
  assert.equal(locateStore({ HOME: '/home/ann', XDG_CACHE_HOME: '' }, 'linux'), '/home/ann/.cache/pycontainer');
});

test('PYCONTAINER_STORE moves it', () => {
  assert.equal(locateStore({ HOME: '/home/ann', PYCONTAINER_STORE: '/mnt/s' }, 'linux'), '/mnt/s');
  assert.equal(locateStore({ HOME: '/home/ann', PYCONTAINER_STORE: 's' }, 'linux'), path.resolve('s'));
  assert.equal(locateStore({ HOME: '/home/ann', PYCONTAINER_STORE: '' }, 'linux'), '/home/ann/.cache/pycontainer');
});
