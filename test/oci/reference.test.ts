import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { familiarReference, formatReference, isTag, parseReference } from '../../src/oci/reference.ts';
import { PycontainerError } from '../../src/errors.ts';

const f64 = 'f'.repeat(64);

/** text, host, repository, tag, digest */
const good: [string, string, string, (string | undefined)?, string?][] = [
  ['test_com', 'docker.io', 'library/test_com'],
  ['test.com:tag', 'docker.io', 'library/test.com', 'tag'],
  ['test.com:5000', 'docker.io', 'library/test.com', '5000'],
  ['test.com/repo:tag', 'test.com', 'repo', 'tag'],
  ['test:5000/repo', 'test:5000', 'repo'],
  ['test:5000/repo:tag', 'test:5000', 'repo', 'tag'],
  [`test:5000/repo@sha256:${f64}`, 'test:5000', 'repo', undefined, `sha256:${f64}`],
  [`test:5000/repo:tag@sha256:${f64}`, 'test:5000', 'repo', 'tag', `sha256:${f64}`],
  ['lowercase:Uppercase', 'docker.io', 'library/lowercase', 'Uppercase'],
  [`${'a/'.repeat(127)}a:tag-puts-this-over-max`, 'docker.io', `${'a/'.repeat(127)}a`, 'tag-puts-this-over-max'],
  ['sub-dom1.foo.com/bar/baz/quux:some-long-tag', 'sub-dom1.foo.com', 'bar/baz/quux', 'some-long-tag'],
  ['b.gcr.io/test.example.com/my-app:test.example.com', 'b.gcr.io', 'test.example.com/my-app', 'test.example.com'],
  ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com', 'myimage', 'xn--n3h.com'],
  ['foo_bar.com:8080', 'docker.io', 'library/foo_bar.com', '8080'],
  ['foo/foo_bar.com:8080', 'docker.io', 'foo/foo_bar.com', '8080'],
  ['192.168.1.1', 'docker.io', 'library/192.168.1.1'],
  ['192.168.1.1:5000', 'docker.io', 'library/192.168.1.1', '5000'],
  ['192.168.1.1/repo', '192.168.1.1', 'repo'],
  ['192.168.1.1:5000/repo:5050', '192.168.1.1:5000', 'repo', '5050'],
  ['[2001:db8::1]/repo', '[2001:db8::1]', 'repo'],
  ['[2001:db8:1:2:3:4:5:6]/repo:tag', '[2001:db8:1:2:3:4:5:6]', 'repo', 'tag'],
  [`[2001:db8::1]:5000/repo:tag@sha256:${f64}`, '[2001:db8::1]:5000', 'repo', 'tag', `sha256:${f64}`],
  ['[2001:db8::]:5000/repo', '[2001:db8::]:5000', 'repo'],
  ['[::1]:5000/repo', '[::1]:5000', 'repo'],
  ['localhost/repo', 'localhost', 'repo'],
  ['localhost:5000/repo', 'localhost:5000', 'repo'],
  ['redis', 'docker.io', 'library/redis'],
  ['docker.io/redis:latest', 'docker.io', 'library/redis', 'latest'],
  ['docker.io/library/redis', 'docker.io', 'library/redis'],
  ['index.docker.io/redis', 'docker.io', 'library/redis'],
  ['index.docker.io/docker/docker', 'docker.io', 'docker/docker'],
  ['library/foo/bar', 'docker.io', 'library/foo/bar'],
  [`docker.io/${f64}`, 'docker.io', `library/${f64}`],
  [f64.slice(1), 'docker.io', `library/${f64.slice(1)}`],
  ['docker---rules/docker', 'docker.io', 'docker---rules/docker'],
  ['dock__er/docker', 'docker.io', 'dock__er/docker'],
  ['d/t', 'docker.io', 'd/t'],
  ['Docker/docker', 'Docker', 'docker'],
  ['GHCR.io/acme/api', 'ghcr.io', 'acme/api'],
  ['gcr.io/distroless/python3', 'gcr.io', 'distroless/python3'],
  [`a:${'t'.repeat(128)}`, 'docker.io', 'library/a', 't'.repeat(128)],
  ['a:_._-', 'docker.io', 'library/a', '_._-'],
];

const bad: [string, RegExp][] = [
  ['', /Name an image/],
  [':justtag', /Each part/],
  [`@sha256:${f64}`, /Each part/],
  [`repo@sha256:${'f'.repeat(34)}`, /64 lower-case hex/],
  [`repo@sha256:${'F'.repeat(64)}`, /64 lower-case hex/],
  [`repo@invaliddigest:${f64}`, /not invaliddigest/],
  [`repo@sha512:${f64}${f64}`, /not sha512/],
  ['repo@', /64 lower-case hex/],
  [`repo@sha256:${f64}@sha256:${f64}`, /64 lower-case hex/],
  [`repo@sha256:${f64}:tag`, /64 lower-case hex/],
  ['Uppercase:tag', /lower case: library\/uppercase/],
  ['test:5000/Uppercase/lowercase:tag', /lower case: uppercase\/lowercase/],
  ['docker/Docker', /lower case/],
  [`${'a/'.repeat(128)}a:tag`, /257 characters/],
  ['aa/asdf$$^/aa', /Each part/],
  ['[2001:db8::1]', /Each part/],
  ['[2001:db8::1]:5000', /Each part/],
  ['[2001:db8::1]:tag', /Each part/],
  ['[fe80::1%eth0]:5000/repo', /not a host/],
  ['[fe80::1%@invalidzone]:5000/repo', /digest/],
  ['[2001:db8:3:4::192.0.2.33]:5000/debian', /not a host/],
  ['[fc00:::1]/debian', /not a host/],
  ['fc00::1:5000/debian', /not a host/],
  ['test:99999/repo', /not a host/],
  ['test:/repo', /not a host/],
  ['https://github.com/docker/docker', /Leave out https:\/\//],
  ['docker://python:3.12', /Leave out docker:\/\//],
  ['python: 3.12', /spaces/],
  ['python\n', /spaces/],
  ['-docker', /Each part/],
  ['-docker.io/docker/docker', /not a host/],
  ['docker///docker', /Each part/],
  ['docker.io/docker///docker', /Each part/],
  ['docker-/docker', /Each part/],
  ['_docker/_docker', /Each part/],
  ['dock..er/docker', /not a host/],
  ['dock_.er/docker', /not a host/],
  ['dock___er/docker', /Each part/],
  ['docker/', /Each part/],
  ['docker.io/', /Each part/],
  ['a.b/../c', /Each part/],
  [f64, /image ID alone/],
  [`sha256:${f64}`, /image ID alone/],
  ['repo:', /A tag is/],
  ['repo:-tag', /A tag is/],
  ['repo:.tag', /A tag is/],
  [`repo:${'t'.repeat(129)}`, /A tag is/],
  ['repo:a:b', /A tag is/],
];

describe('parseReference', () => {
  for (const [text, host, repository, tag, digest] of good) {
    it(`reads ${text.slice(0, 70)}`, () => {
      assert.deepEqual(
        { ...parseReference(text) },
        { host, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) },
      );
    });
  }

  for (const [text, hint] of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 70))}`, () => {
      assert.throws(
        () => parseReference(text),
        (error) => {
          assert(error instanceof PycontainerError);
          assert.equal(error.code, 'reference-invalid');
          assert.match(error.hint ?? '', hint);
          return true;
        },
      );
    });
  }
});

describe('spelling', () => {
  it('is canonical with host and all', () => {
    assert.equal(formatReference(parseReference('redis:7')), 'docker.io/library/redis:7');
    const both = `ghcr.io/acme/api:1@sha256:${f64}`;
    assert.equal(formatReference(parseReference(both)), both);
  });

  it('is short for people', () => {
    const cases = [
      ['docker.io/library/redis:7', 'redis:7'],
      ['index.docker.io/acme/api', 'acme/api'],
      ['docker.io/library/foo/bar', 'library/foo/bar'],
      ['localhost:5000/library/redis', 'localhost:5000/library/redis'],
      [`busybox:latest@sha256:${f64}`, `busybox:latest@sha256:${f64}`],
    ] as const;
    for (const [text, short] of cases) assert.equal(familiarReference(parseReference(text)), short);
  });

  it('keeps docker.io where the short form would mean another image', () => {
    for (const text of ['docker.io/test.com/foo', 'docker.io/localhost/foo', `docker.io/library/${f64}`]) {
      assert.equal(familiarReference(parseReference(text)), text);
    }
  });

  it('is read back as the same reference', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}([_-][a-z0-9]{1,6}){0,2}$/);
    const host = fc.constantFrom('', 'docker.io/', 'index.docker.io/', 'localhost/', 'a.b:1/', '[::1]:5/', 'Foo/');
    const reference = fc.record({
      host,
      path: fc.array(part, { minLength: 1, maxLength: 3 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}$/)),
      digest: fc.boolean(),
    });
    fc.assert(
      fc.property(reference, ({ host, path, tag, digest }) => {
        const text = `${host}${path.join('/')}${tag === null ? '' : `:${tag}`}${digest ? `@sha256:${f64}` : ''}`;
        const parsed = parseReference(text);
        assert.deepEqual(parseReference(formatReference(parsed)), parsed);
        assert.deepEqual(parseReference(familiarReference(parsed)), parsed);
      }),
      { numRuns: 300 },
    );
  });
});

it('isTag knows a tag', () => {
  assert.equal(isTag('3.12-slim'), true);
  assert.equal(isTag('.hidden'), false);
  assert.equal(isTag(''), false);
});
