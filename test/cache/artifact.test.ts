import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { PycontainerError } from '../../src/errors.ts';
import { digestOf, parseDiffId, parseLayerKey } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/manifest.ts';
import { isTag } from '../../src/oci/reference.ts';
import { type Artifact, artifactManifest, factsType, readArtifact, tagOf } from '../../src/cache/artifact.ts';
import { factsBytes, readFacts } from '../../src/cache/facts.ts';
import type { InstalledFacts } from '../../src/python/install/installed.ts';

const aDigest = fc.string().map(digestOf);
const aKey = aDigest.map(parseLayerKey);
/** Names that objects have, and text of any script. */
const aText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '', '\0', '\u2028'));
const aSize = fc.nat(2 ** 31 - 1);

const aWarning = fc.record(
  {
    type: fc.constant('warning' as const),
    code: fc.constantFrom('wheel-conflict' as const, 'wheel-record' as const),
    message: aText,
    hint: aText,
  },
  { requiredKeys: ['type', 'code', 'message'] },
);

const anArtifact: fc.Arbitrary<Artifact> = fc.record({
  layer: fc.record(
    {
      digest: aDigest,
      diffId: aDigest.map(parseDiffId),
      sizeBytes: aSize,
      uncompressedSizeBytes: aSize,
      mediaType: fc.constantFrom(mediaTypes.layer, mediaTypes.layerGzip, mediaTypes.layerZstd),
      warnings: fc.array(aWarning, { minLength: 1, maxLength: 3 }),
      open: fc.array(
        fc.record({ requirer: aText, requirement: aText, found: aText }, { requiredKeys: ['requirer', 'requirement'] }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['digest', 'diffId', 'sizeBytes', 'uncompressedSizeBytes', 'mediaType'] },
  ),
  facts: fc.record({ mediaType: fc.constant(factsType), digest: aDigest, size: aSize }),
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert(error instanceof PycontainerError && error.code === 'registry-answer', String(error));
    return error.message;
  }
  return 'taken';
}

it('a layer comes back from its manifest as it was, and only for its own key', () => {
  fc.assert(
    fc.property(anArtifact, aKey, aKey, (artifact, key, other) => {
      const manifest = artifactManifest(key, artifact);
      assert.deepEqual(plain(readArtifact(key, manifest)), plain(artifact));
      if (key !== other)
        assert.equal(
          refusal(() => readArtifact(other, manifest)),
          `What stands there is the layer of another key, ${key}`,
        );
    }),
    { numRuns: 200 },
  );
});

it('a manifest says nothing of places in files', () => {
  const key = parseLayerKey(digestOf('key'));
  const [artifact] = fc.sample(anArtifact, 1);
  assert(artifact !== undefined);
  const location = { file: '/home/maya/secret/uv.lock', line: 1, column: 1, text: 'secret' };
  const warnings = [{ type: 'warning', code: 'wheel-record', message: 'odd', location } as const];
  const manifest = artifactManifest(key, { ...artifact, layer: { ...artifact.layer, warnings } });
  assert(!manifest.includes('secret'));
  assert.deepEqual(readArtifact(key, manifest).layer.warnings, [
    { type: 'warning', code: 'wheel-record', message: 'odd' },
  ]);
});

it('tags are tags, and different for different keys', () => {
  fc.assert(
    fc.property(aKey, aKey, (a, b) => {
      assert(isTag(tagOf(a)));
      assert.equal(tagOf(a) === tagOf(b), a === b);
    }),
  );
});

it('any change of a manifest is refused, or leaves a whole layer', () => {
  fc.assert(
    fc.property(anArtifact, aKey, fc.nat(), fc.nat(255), (artifact, key, at, byte) => {
      const bytes = Buffer.from(artifactManifest(key, artifact));
      bytes[at % bytes.length] = byte;
      let read: Artifact;
      try {
        read = readArtifact(key, bytes);
      } catch (error) {
        assert(error instanceof PycontainerError && error.code === 'registry-answer', String(error));
        return;
      }
      for (const digest of [read.layer.digest, read.layer.diffId, read.facts.digest])
        assert.match(digest, /^sha256:[0-9a-f]{64}$/);
      for (const size of [read.layer.sizeBytes, read.layer.uncompressedSizeBytes, read.facts.size])
        assert(Number.isSafeInteger(size) && size >= 0);
    }),
    { numRuns: 500 },
  );
});

describe('what is no layer is refused', () => {
  const key = parseLayerKey(digestOf('key'));
  const digest = digestOf('blob');
  const facts = { mediaType: factsType, digest, size: 1 };
  const layer = {
    digest,
    diffId: parseDiffId(digest),
    sizeBytes: 1,
    uncompressedSizeBytes: 1,
    mediaType: mediaTypes.layerGzip,
  };
  const right = plain({ ...JSON.parse(artifactManifest(key, { layer, facts }).toString()) }) as Record<string, unknown>;
  const blob = { mediaType: mediaTypes.layerGzip, digest, size: 1 };
  const told = (edit: object): object => {
    const annotation = 'dev.pycontainer.layer';
    const said = JSON.parse((right['annotations'] as Record<string, string>)[annotation] ?? '') as object;
    return { annotations: { [annotation]: JSON.stringify({ ...said, ...edit }) } };
  };
  const edits: Readonly<Record<string, object>> = {
    'of another type': { artifactType: 'application/vnd.other' },
    'with no layer': { layers: [] },
    'with two layers': { layers: [blob, blob] },
    'with a layer of no known type': { layers: [{ ...blob, mediaType: 'text/plain' }] },
    'with a digest of another kind': { layers: [{ ...blob, digest: `sha512:${'0'.repeat(128)}` }] },
    'with a path for a digest': { layers: [{ ...blob, digest: 'sha256:../../etc/passwd' }] },
    'with a size below nothing': { layers: [{ ...blob, size: -1 }] },
    'with a size that is no number': { layers: [{ ...blob, size: '1' }] },
    'with another config': { config: { ...facts, mediaType: mediaTypes.config } },
    'without annotations': { annotations: {} },
    'with annotations that are none': { annotations: ['x'] },
    'that says its DiffId wrongly': told({ diffId: 'x' }),
    'with a warning that has no such name': told({ warnings: [{ code: 'no-such', message: 'x' }] }),
    'with a requirement that is none': told({ open: [{ requirer: 1 }] }),
  };
  for (const [what, edit] of Object.entries(edits)) {
    it(what, () => {
      assert.match(
        refusal(() => readArtifact(key, Buffer.from(JSON.stringify({ ...right, ...edit })))),
        /is no layer of pycontainer$/,
      );
    });
  }

  it('and what is no JSON', () => {
    for (const text of ['', 'null', '[]', '{', '"x"', '{"a":1}'])
      assert.notEqual(
        refusal(() => readArtifact(key, Buffer.from(text))),
        'taken',
      );
    assert.equal(
      refusal(() => readArtifact(key, Buffer.from(JSON.stringify(right)))),
      'taken',
    );
  });
});

const aFact: fc.Arbitrary<InstalledFacts> = fc.record({
  name: aText,
  version: aText,
  requiresDist: fc.array(aText, { maxLength: 3 }),
  distInfo: aText,
  files: fc.array(fc.record({ path: aText, sizeBytes: aSize, sha256: aDigest.map((digest) => digest.slice(7)) }), {
    maxLength: 5,
  }),
  binaries: fc.array(
    fc.record(
      { path: aText, machine: aText, interpreter: aText, needed: fc.array(aText), soname: aText },
      { requiredKeys: ['path', 'needed'] },
    ),
    { maxLength: 3 },
  ),
  warnings: fc.array(aWarning, { maxLength: 2 }),
});

it('facts come back as they were, and what is damaged is refused or whole', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(aText, aFact), { maxLength: 3 }), fc.nat(), fc.nat(255), (list, at, byte) => {
      const facts = new Map(list);
      const bytes = factsBytes(facts);
      assert.deepEqual(plain([...readFacts(bytes)]), plain([...facts]));
      const damaged = Buffer.from(bytes);
      damaged[at % damaged.length] = byte;
      refusal(() => readFacts(damaged));
    }),
    { numRuns: 300 },
  );
});
