import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { chooseChallenge, parseChallenges } from '../../src/registry/challenge.ts';

describe('parseChallenges', () => {
  const cases: [string, { scheme: string; parameters: Record<string, string> }[]][] = [
    ['Basic realm="r"', [{ scheme: 'basic', parameters: { realm: 'r' } }]],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    ],
    ['bearer REALM = "x" , Service=plain', [{ scheme: 'bearer', parameters: { realm: 'x', service: 'plain' } }]],
    [
      'Negotiate, Basic realm="a, b", Bearer realm="c"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'a, b' } },
        { scheme: 'bearer', parameters: { realm: 'c' } },
      ],
    ],
    [
      String.raw`Basic realm="a \"quoted\" \\ name"`,
      [{ scheme: 'basic', parameters: { realm: String.raw`a "quoted" \ name` } }],
    ],
    ['', []],
    ['realm="without a scheme"', []],
  ];
  for (const [header, expected] of cases) {
    it(`reads ${header}`, () => assert.deepEqual(parseChallenges(header), expected));
  }

  it('reads no header, and any other text, without failing', () => {
    assert.deepEqual(parseChallenges(undefined), []);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('Bearer realm="\\, =x')) }), (text) => {
        parseChallenges(text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('chooseChallenge', () => {
  it('takes a token before a password, and nothing else', () => {
    assert.equal(chooseChallenge(parseChallenges('Basic realm="a", Bearer realm="b"'))?.scheme, 'bearer');
    assert.equal(chooseChallenge(parseChallenges('Bearer service="no realm", Basic'))?.scheme, 'basic');
    assert.equal(chooseChallenge(parseChallenges('Negotiate, Digest realm="x"')), undefined);
  });
});
