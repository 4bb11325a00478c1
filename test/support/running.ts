import type { ChildProcess } from 'node:child_process';
import type { ContainerEvent, Event, LogLine } from '../../src/events.ts';
import { waitFor } from './daemon.ts';
import type { ServedEngine } from './engine-api.ts';
import { pythonLayout } from './python-layout.ts';
import { type Ended, Rig, type RigFiles } from './rig.ts';

/** Says what `answer.py` holds to everyone who asks, and ends with the status that it is asked for. */
const server = `import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from answer import ANSWER

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWER.encode())
        if self.path.startswith("/end/"):
            self.wfile.flush()
            os._exit(int(self.path[5:]))

    def log_message(self, *args):
        pass

print("serving", ANSWER, flush=True)
try:
    HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
except KeyboardInterrupt:
    print("ended", file=sys.stderr, flush=True)
`;

/**
 * A project whose program talks to the engine. Targets are sections of a manifest, whose base is `base`: a Python that
 * runs. `server.py` listens on PORT and says what `answer.py` holds.
 */
export async function runningRig({ socket }: ServedEngine, manifest: string, files: RigFiles = {}): Promise<Rig> {
  const rig = new Rig({
    'pycontainer.yaml': `defaults: {base: "oci:${await pythonLayout()}", cmd: [python3, server.py]}\n${manifest}`,
    'server.py': server,
    'answer.py': 'ANSWER = "one"\n',
    'requirements.txt': '',
    ...files,
  });
  Object.assign(rig.env, { PYCONTAINER_ENGINE: '', DOCKER_HOST: `unix://${socket}` });
  return rig;
}

/** What the server says; undefined while nobody listens. */
export async function saidAt(url: string): Promise<string | undefined> {
  return fetch(url).then(
    async (response) => response.text(),
    () => undefined,
  );
}

export async function untilSaid(url: string, answer: string): Promise<void> {
  await waitFor(async () => (await saidAt(url)) === answer, `${url} to say '${answer}'`);
}

export function containerEvents(events: readonly Event[]): readonly ContainerEvent[] {
  return events.filter((event) => event.type === 'container');
}

/** Each as `target state`, with its exit status where it has one. */
export function statesOf(events: readonly Event[]): readonly string[] {
  return containerEvents(events).map(({ target, state, exitCode }) =>
    exitCode === undefined ? `${target} ${state}` : `${target} ${state} ${exitCode}`,
  );
}

export function logsOf(events: readonly Event[]): readonly LogLine[] {
  return events.filter((event) => event.type === 'log');
}

/** An `up` that stays. */
export interface Attached {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Until now. */
  readonly events: readonly Event[];
  /** Waits until it has told what is asked for; throws when it ends before. */
  readonly until: (isSo: (events: readonly Event[]) => boolean, what: string) => Promise<void>;
}

export function attach(rig: Rig, ...args: readonly string[]): Attached {
  const { process, ended } = rig.start(['up', '--attach', '--progress', 'rawjson', ...args]);
  const events: Event[] = [];
  let text = '';
  let over: Ended | undefined;
  process.stderr?.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    events.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Event));
  });
  void ended.then((end) => {
    over = end;
  });
  return {
    process,
    ended,
    events,
    until: async (isSo, what) => {
      await waitFor(async () => over !== undefined || isSo(events), what);
      if (!isSo(events)) throw new Error(`up ended before ${what}: ${over?.stderr}`);
    },
  };
}
