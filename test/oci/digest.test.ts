import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf, hexOf, isDigest, parseDiffId, parseDigest, parseLayerKey } from '../../src/oci/digest.ts';
import { PycontainerError } from '../../src/errors.ts';

const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digests', () => {
  it('are sha256 of the bytes', () => {
    assert.equal(digestOf(''), `sha256:${hex}`);
    assert.equal(digestOf(new Uint8Array()), `sha256:${hex}`);
    assert.equal(digestOf('abc'), 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('are read as they are written, and give their digits', () => {
    for (const parse of [parseDigest, parseDiffId, parseLayerKey]) {
      assert.equal(parse(`sha256:${hex}`), `sha256:${hex}`);
      assert.equal(hexOf(parse(`sha256:${hex}`)), hex);
    }
    assert.equal(isDigest(`sha256:${hex}`), true);
  });

  const bad: [string, RegExp][] = [
    ['', /64 lower-case hex/],
    [hex, /64 lower-case hex/],
    [`sha256:${hex.toUpperCase()}`, /64 lower-case hex/],
    [`sha256:${hex}0`, /64 lower-case hex/],
    [`sha256:${hex.slice(1)}`, /64 lower-case hex/],
    [`sha256:${hex}\n`, /64 lower-case hex/],
    [` sha256:${hex}`, /64 lower-case hex/],
    [`sha512:${hex}${hex}`, /not sha512/],
    [`sha256+b64:${hex}`, /not sha256\+b64/],
    [`sha256:../../${hex.slice(6)}`, /64 lower-case hex/],
  ];
  for (const [text, hint] of bad) {
    it(`${JSON.stringify(text.slice(0, 30))} is refused`, () => {
      assert.equal(isDigest(text), false);
      assert.throws(
        () => parseDigest(text),
        (error) => error instanceof PycontainerError && error.code === 'digest-invalid' && hint.test(error.hint ?? ''),
      );
    });
  }
});
