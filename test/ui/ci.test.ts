import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ciOf } from '../../src/ui/ci.ts';

const location = { file: 'b,c.yaml', line: 3, column: 5 };
const mistake = { code: 'manifest-invalid', message: '100%\nwrong', location };
const now = new Date(1_700_000_000_000);

test('GitHub shows a mistake at its place, below the workspace', () => {
  const { annotate } = ciOf({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: '/w' }, '/w/api');
  assert.deepEqual(annotate('error', mistake), [
    '::error file=api/b%2Cc.yaml,line=3,col=5,title=manifest-invalid::100%25%0Awrong',
  ]);
  assert.deepEqual(annotate('warning', { code: 'a', message: 'm' }), ['::warning title=a::m']);
});

test('a workspace elsewhere leaves the path as it is', () => {
  const { annotate } = ciOf({ GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: '/w' }, '/else');
  assert.match(annotate('error', { ...mistake, location: { ...location, file: 'a' } })[0] ?? '', /file=a,/);
});

test('groups are folded by GitHub and GitLab', () => {
  const github = ciOf({ GITHUB_ACTIONS: 'true' }, '/');
  assert.deepEqual([...github.open('Build', now), ...github.close(now)], ['::group::Build', '::endgroup::']);
  const gitlab = ciOf({ GITLAB_CI: 'true' }, '/');
  assert.deepEqual(
    [...gitlab.open('Build', now), ...gitlab.close(now)],
    [
      '\u001B[0Ksection_start:1700000000:pycontainer\r\u001B[0KBuild',
      '\u001B[0Ksection_end:1700000000:pycontainer\r\u001B[0K',
    ],
  );
  assert.deepEqual(gitlab.annotate('error', mistake), []);
});

test('elsewhere nothing is said', () => {
  const ci = ciOf({ CI: 'true' }, '/');
  assert.deepEqual([...ci.annotate('error', mistake), ...ci.open('Build', now), ...ci.close(now)], []);
});
