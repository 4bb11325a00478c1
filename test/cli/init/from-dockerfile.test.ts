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
  assert.deepEqual(lost('ADD https://example.com/a /a', 'ADD a.tar.gz /a', 'WORKDIR /app', 'COPY x y'), [
    'Dockerfile:2: ADD https://example.com/a /a: fetch it before the build and pack it',
    'Dockerfile:3: ADD a.tar.gz /a: archives are not unpacked; do it before the build',
    'Dockerfile:5: COPY x y: files keep their place below the context; say it with `files`',
  ]);
});

test('files of another image have a rule; those of a stage are lost, but for environments and installers', () => {
  assert.deepEqual(settings('COPY --from=ghcr.io/x/ffmpeg:1 --chmod=0755 /usr/bin/ffmpeg /usr/bin/'), {
    base: 'b',
    files: [{ from: 'ghcr.io/x/ffmpeg:1', src: '/usr/bin/ffmpeg', dest: '/usr/bin/', mode: '0755' }],
  });
  assert.deepEqual(
    lost('COPY --from=ghcr.io/astral-sh/uv:1 /uv /uvx /bin/', 'COPY --from=0 /app/.venv /app/.venv'),
    [],
  );
  assert.deepEqual(dockerfileDraft('FROM a AS Build\nFROM b\nCOPY --from=build /out /out\nCOPY --from=0 /o /o').lost, [
    'Dockerfile:3: COPY --from=build /out /out: say it with `files`, and a target for the stage',
    'Dockerfile:4: COPY --from=0 /o /o: say it with `files`, and a target for the stage',
  ]);
});

test('the folder that the context is copied to is workdir, where nothing else is', () => {
  assert.deepEqual(settings('COPY . /srv', 'RUN pip install /srv'), { base: 'b', workdir: '/srv' });
  assert.deepEqual(settings('COPY . /srv', 'WORKDIR /srv'), { base: 'b', workdir: '/srv' });
  assert.deepEqual(lost('COPY . /srv', 'WORKDIR /srv/src'), [
    'Dockerfile:2: COPY . /srv: the context stands in workdir, which is /srv/src',
  ]);
});

test('whom the app belonged to is said to be lost', () => {
  const instead = 'the app belongs to root and is readable by all; name folders that it writes to in `directories`';
  assert.deepEqual(lost('WORKDIR /app', 'COPY --chown=app:app . .', 'COPY --chown=1:1 main.py .'), [
    `Dockerfile:4: COPY --chown=1:1 main.py .: ${instead}`,
    `Dockerfile:3: COPY --chown=app:app . .: ${instead}`,
  ]);
});

test('ranges of ports are named one by one', () => {
  assert.deepEqual(settings('EXPOSE 9000-9002/udp 80'), { base: 'b', ports: ['9000/udp', '9001/udp', '9002/udp', 80] });
  assert.equal(lost('EXPOSE 1-65535').length, 1);
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
