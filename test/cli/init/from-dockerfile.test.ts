import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dockerfileDraft } from '../../../src/cli/init/from-dockerfile.ts';

const settings = (...lines: string[]): object => dockerfileDraft(['FROM b', ...lines].join('\n')).settings;
const lost = (...lines: string[]): readonly string[] => dockerfileDraft(['FROM b', ...lines].join('\n')).lost;

test('the last stage counts, with the stages below it', () => {
  const text = 'ARG V=3.12\nFROM python:${V}-slim AS base\nENV A=1\nFROM node\nENV B=2\nFROM Base\nENV C=3';
  assert.deepEqual(dockerfileDraft(text).settings, { base: 'python:3.12-slim', environment: { A: '1', C: '3' } });
});

test('what an image’s config holds is carried over', () => {
  assert.deepEqual(
    settings(
      'WORKDIR /srv',
      'WORKDIR app',
      'EXPOSE 80/tcp 53/udp',
      'VOLUME /data /logs',
      'LABEL a.b="c d"',
      'STOPSIGNAL SIGINT',
      'USER 10:10',
      'ENTRYPOINT ["e"]',
      'CMD run --now',
      'HEALTHCHECK --interval=5s --retries=2 CMD ["true"]',
    ),
    {
      base: 'b',
      workdir: '/srv/app',
      ports: [80, '53/udp'],
      volumes: ['/data', '/logs'],
      labels: { 'a.b': 'c d' },
      'stop-signal': 'SIGINT',
      user: '10:10',
      entrypoint: ['e'],
      cmd: ['run', '--now'],
      healthcheck: { test: ['CMD', 'true'], interval: '5s', retries: 2 },
    },
  );
});

test('a command that needs a shell keeps one', () => {
  assert.deepEqual(settings('CMD a --port $PORT'), { base: 'b', cmd: ['/bin/sh', '-c', 'a --port $PORT'] });
});

test('installing packages is no loss, other commands are, with their line', () => {
  assert.deepEqual(lost('RUN python -m venv v && pip install -r requirements.txt', 'RUN uv sync --frozen'), []);
  assert.deepEqual(lost('RUN apt-get install -y gcc', 'RUN make'), [
    'Dockerfile:2: RUN apt-get install -y gcc: take a base that has these packages',
    'Dockerfile:3: RUN make: commands are not run; take a base that has what it makes',
  ]);
});

test('a user that a command adds is added by the manifest', () => {
  assert.deepEqual(settings('RUN groupadd g && useradd --uid 7 app', 'USER app'), {
    base: 'b',
    user: { name: 'app', uid: 7, gid: 7 },
  });
});

test('files that keep their place need no rule; others get one, or are lost', () => {
  assert.deepEqual(settings('WORKDIR /app', 'COPY . .', 'COPY main.py /app/', 'COPY src /app/src'), {
    base: 'b',
    workdir: '/app',
  });
  assert.deepEqual(settings('COPY requirements.txt /tmp/', 'COPY a.conf b.conf /etc/x/'), {
    base: 'b',
    files: [
      { src: 'a.conf', dest: '/etc/x/' },
      { src: 'b.conf', dest: '/etc/x/' },
    ],
  });
  assert.equal(
    lost('COPY --from=build /out /out', 'ADD https://example.com/a /a', 'WORKDIR /app', 'COPY x y').length,
    3,
  );
});

test('variables without a value are lost, dollars are kept', () => {
  assert.deepEqual(lost('ENV A=$NOPE'), ['Dockerfile:2: ENV A=$NOPE: nothing here gives NOPE a value']);
  assert.deepEqual(settings('ARG N=1', 'ENV A=$N B=${M:-2} C=\\$x'), {
    base: 'b',
    environment: { A: '1', B: '2', C: '$x' },
  });
});

test('what steers installers and paths of venvs has no meaning', () => {
  assert.deepEqual(settings('ENV PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy VIRTUAL_ENV=/v PATH="/venv/bin:$PATH"'), {
    base: 'b',
  });
});

test('no text stops it, however odd', () => {
  const words = [
    'FROM ',
    'RUN ',
    'ENV ',
    'COPY ',
    'CMD ',
    'HEALTHCHECK ',
    '[',
    '"',
    "'",
    '\\',
    '\n',
    '$A',
    '${',
    '<<EOF',
    '=',
    '/',
    ' ',
  ];
  const texts = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 30 });
  fc.assert(
    fc.property(texts, (parts) => {
      const { lost } = dockerfileDraft(parts.join(''));
      assert.ok(lost.every((line) => line.startsWith('Dockerfile:')));
    }),
    { numRuns: 1000 },
  );
});
