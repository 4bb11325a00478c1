import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakesOfApp } from './manifests.ts';

const sections: Record<string, string> = {
  '{packages: [curl]}': "'packages'",
  '{steps: [{run: make}]}': "'steps'",
  '{members: ["services/*"]}': "'members'",
  '{matrix: {python: ["3.12"]}}': "'matrix'",
  '{sbom: true}': "'sbom'",
  '{provenance: true}': "'provenance'",
};

for (const [section, what] of Object.entries(sections)) {
  test(`${section} is refused as not supported yet, and nothing else is wrong with it`, () => {
    const mistakes = mistakesOfApp(section);
    assert.equal(mistakes.length, 1);
    assert.equal(mistakes[0]?.[0], 'not-supported-yet');
    assert.ok(mistakes[0]?.[1]?.startsWith(`${what} is not supported yet: `), mistakes[0]?.[1]);
  });
}

test('a key that is not supported yet is checked all the same', () => {
  const codes = (section: string): (string | undefined)[] => mistakesOfApp(section).map(([code]) => code);
  assert.deepEqual(codes('{steps: 3}'), ['not-supported-yet', 'manifest-invalid']);
  assert.deepEqual(codes('{watch: [{path: a, action: build}]}'), ['manifest-invalid']);
});
