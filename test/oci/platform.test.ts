import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  choosePlatform,
  formatPlatform,
  hostPlatform,
  normalizePlatform,
  parsePlatform,
} from '../../src/oci/platform.ts';
import { PycontainerError } from '../../src/errors.ts';

describe('parsePlatform', () => {
  const cases: [string, string][] = [
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/i386', 'linux/386'],
    ['linux/i686', 'linux/386'],
    ['linux/ppc64le', 'linux/ppc64le'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['windows/amd64', 'windows/amd64'],
  ];
  for (const [text, expected] of cases) {
    it(`${text} is ${expected}`, () => assert.equal(formatPlatform(parsePlatform(text)), expected));
  }

  for (const text of [
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/amd64/',
    'linux/amd64/v1/x',
    'Linux/amd64',
    'linux/amd64 ',
    'linux/amd64\n',
  ]) {
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(
        () => parsePlatform(text),
        (error) => error instanceof PycontainerError && error.code === 'platform-invalid',
      );
    });
  }

  it('is idempotent', () => {
    for (const [text] of cases) assert.deepEqual(normalizePlatform(parsePlatform(text)), parsePlatform(text));
  });

  it('an empty variant, which some indexes hold, says nothing', () => {
    assert.deepEqual(normalizePlatform({ os: 'linux', architecture: 'amd64', variant: '' }), {
      os: 'linux',
      architecture: 'amd64',
    });
  });
});

describe('choosePlatform', () => {
  const chosen = (wanted: string, ...candidates: (string | undefined)[]): string | undefined => {
    const list = candidates.map((text) => {
      const [os = '', architecture = '', variant] = text?.split('/') ?? [];
      const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
      return text === undefined ? { text } : { text, platform };
    });
    return choosePlatform(list, parsePlatform(wanted))?.text;
  };
  const cases: [string, (string | undefined)[], string | undefined][] = [
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64', ['linux/arm64'], undefined],
    ['linux/amd64', ['windows/amd64'], undefined],
    ['linux/amd64', ['linux/amd64', 'linux/amd64'], 'linux/amd64'],
    ['linux/amd64/v3', ['linux/amd64'], 'linux/amd64'],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2'], 'linux/amd64/v2'],
    ['linux/amd64', ['linux/amd64/v3'], undefined],
    ['linux/arm64', ['linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/arm/v7', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v6', ['linux/arm/v7'], undefined],
    ['linux/arm/v6', ['linux/arm'], undefined],
    ['linux/arm', ['linux/arm/v7'], 'linux/arm/v7'],
    ['linux/amd64', [undefined, 'unknown/unknown'], undefined],
    ['linux/386', ['linux/amd64'], undefined],
  ];
  for (const [wanted, candidates, expected] of cases) {
    it(`for ${wanted} takes ${expected} of ${candidates.join(', ')}`, () => {
      assert.equal(chosen(wanted, ...candidates), expected);
    });
  }
});

it('hostPlatform is Linux with the architecture of the process', () => {
  assert.equal(formatPlatform(hostPlatform('x64')), 'linux/amd64');
  assert.equal(formatPlatform(hostPlatform('arm64')), 'linux/arm64');
  assert.equal(formatPlatform(hostPlatform('arm')), 'linux/arm/v7');
  assert.equal(formatPlatform(hostPlatform('ia32')), 'linux/386');
  assert.equal(formatPlatform(hostPlatform('s390x')), 'linux/s390x');
});
