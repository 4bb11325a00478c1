import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../support/daemon.ts';
import { type ServedEngine, startServed } from '../../support/engine-api.ts';
import { pythonBase, pythonBaseMissing } from '../../support/python-base.ts';
import { pythonLayout } from '../../support/python-layout.ts';
import { partsMissing } from '../../support/real-parts.ts';
import type { Fixtures } from '../fixtures.ts';
import { median, percentile } from '../measured.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';
import type { Bench } from '../session.ts';
import { markdownTable, milliseconds } from '../table.ts';

/** Edits of each that count, and those before them that do not: code is not compiled yet. */
const edits = 20;
const warmUp = 3;
const pauseMs = 150;
const answeredWithinMs = 60_000;
const baseName = 'localhost/bench-http-base:latest';

const server = `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from answer import ANSWER

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(ANSWER).encode())

    def log_message(self, *args):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** Somebody who brings an edit to a running container. */
interface Follower {
  readonly name: string;
  readonly project: string;
  readonly port: number;
  /** What a user has to do behind a save; absent where a watch does it. */
  readonly act?: () => Promise<unknown>;
}

/**
 * From a save to the new answer over HTTP: `up --watch`, which restarts the app in its container, in Docker and in
 * Podman, beside `docker build` (BuildKit, all but one COPY cached) and `docker run`, in turn.
 */
export async function watchHttp(bench: Bench, fixtures: Fixtures): Promise<void> {
  await using started = new AsyncDisposableStack();
  const followers: Follower[] = [];
  for (const name of ['docker', 'podman'] as const) {
    const missing = pythonBaseMissing || partsMissing('root', name === 'docker' ? 'dockerd' : 'podman', 'runc');
    if (missing !== false) {
      bench.say(`missing: up --watch with ${name}: ${missing}`);
      continue;
    }
    const engine = started.use(await startServed(name));
    followers.push(await watcher(bench, fixtures, engine, started));
    if (name === 'docker') followers.push(await builder(bench, engine));
  }
  const times = await timesOf(bench, followers);
  const peer = median(times.get('docker build, docker run') ?? []);
  const rows = followers.map(({ name }) => {
    const own = times.get(name) ?? [];
    const middle = median(own);
    const ratio = middle === undefined || peer === undefined ? '–' : (peer / middle).toFixed(1);
    return [name, shown(middle), shown(percentile(own, 0.95)), ratio];
  });
  bench.say(markdownTable([`save → new answer over HTTP, ${edits} edits`, 'p50', 'p95', 'times faster'], rows));
}

function shown(value: number | undefined): string {
  return value === undefined ? '–' : milliseconds(value);
}

async function writeHttpProject(folder: string, port: number): Promise<string> {
  fs.mkdirSync(folder, { recursive: true });
  const api = { exclude: ['Dockerfile'], run: { network: 'host', environment: { PORT: `${port}` } } };
  const manifest = {
    defaults: { base: `oci:${await pythonLayout()}`, cmd: ['python3', 'server.py'] },
    targets: { api },
  };
  fs.writeFileSync(path.join(folder, 'pycontainer.yaml'), JSON.stringify(manifest, undefined, 2));
  fs.writeFileSync(path.join(folder, 'server.py'), server);
  fs.writeFileSync(
    path.join(folder, 'Dockerfile'),
    `FROM ${baseName}\nWORKDIR /app\nCOPY *.py ./\nCMD ["python3", "server.py"]\n`,
  );
  save(folder, 0);
  return folder;
}

function save(project: string, answer: number): void {
  fs.writeFileSync(path.join(project, 'answer.py'), `ANSWER = ${answer}\n`);
}

async function watcher(
  bench: Bench,
  fixtures: Fixtures,
  { client, socket }: ServedEngine,
  started: AsyncDisposableStack,
): Promise<Follower> {
  const port = await freePort();
  const project = await writeHttpProject(bench.path('http', client.name), port);
  const store = bench.path('http', `${client.name}-store`);
  started.use(await fixtures.product().watch(project, store, 'api', socket));
  return { name: `up --watch, ${client.name}`, project, port };
}

async function builder(bench: Bench, { client }: ServedEngine): Promise<Follower> {
  const port = await freePort();
  const project = await writeHttpProject(bench.path('http', 'build'), port);
  const env = { ...client.env, DOCKER_BUILDKIT: '1' };
  const run = (...command: readonly string[]): Promise<unknown> =>
    runProgram([...client.command, ...command], { signal: bench.bounded(), env });
  const shell = client.command.map(quoted).join(' ');
  const imported = `tar -C ${quoted(await pythonBase())} -c . | ${shell} import - ${baseName}`;
  await runProgram(pipeline(imported), { signal: bench.bounded(), env });
  const container = ['--detach', '--name', 'bench', '--network', 'host', '--env', `PORT=${port}`, 'bench'];
  let isFirst = true;
  const act = async (): Promise<void> => {
    await run('build', '--quiet', '--tag', 'bench', project);
    if (!isFirst) await run('rm', '--force', 'bench');
    isFirst = false;
    await run('run', ...container);
  };
  await act();
  return { name: 'docker build, docker run', project, port, act };
}

async function timesOf(bench: Bench, followers: readonly Follower[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(followers.map(({ name }) => [name, []]));
  for (const follower of followers) await untilAnswered(bench, follower, 0);
  for (let index = 1; index <= warmUp + edits; index += 1) {
    for (const follower of followers) {
      bench.signal.throwIfAborted();
      await wait(pauseMs);
      const start = performance.now();
      save(follower.project, index);
      await follower.act?.();
      await untilAnswered(bench, follower, index);
      if (index > warmUp) times.get(follower.name)?.push(performance.now() - start);
    }
  }
  return times;
}

async function untilAnswered(bench: Bench, { name, port }: Follower, answer: number): Promise<void> {
  const end = performance.now() + answeredWithinMs;
  while ((await answerAt(port)) !== `${answer}`) {
    bench.signal.throwIfAborted();
    if (performance.now() > end) throw new Error(`${name} did not answer with ${answer}`);
    await wait(1);
  }
}

/** Undefined while nobody listens. */
function answerAt(port: number): Promise<string | undefined> {
  return fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } }).then(
    async (response) => response.text(),
    () => undefined,
  );
}
