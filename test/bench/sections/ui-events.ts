/**
 * Shows the same thousand events in one way of --progress, as fast as a busy build tells them, and prints as JSON what
 * that took of the processor's time: for loading the screen, and for the events.
 *
 *   node ui-events.ts plain|tty
 */
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { Event } from '../../../src/events.ts';
import { ciOf } from '../../../src/ui/ci.ts';
import { plainReporter, type Reporter } from '../../../src/ui/reporter.ts';
import { ttyReporter } from '../../../src/ui/tty.ts';

const count = 1000;
const overMs = 2000;
const nodes = 8;

let writtenBytes = 0;
const sink = new Writable({
  write: (chunk: Buffer, _, done) => {
    writtenBytes += chunk.length;
    done();
  },
});
const terminal = Object.assign(sink, { columns: 120, rows: 40, isTTY: true }) as unknown as NodeJS.WriteStream;

const started = process.cpuUsage();
const reporter = process.argv[2] === 'tty' ? tty() : plain();
reporter.event({ type: 'planned', fresh: 0, stale: nodes, durationMs: 1, images: [] });
for (let node = 0; node < nodes; node += 1) reporter.event(nodeStarted(node));
await setTimeout(1000);
const loaded = process.cpuUsage(started);

const before = process.cpuUsage();
for (let index = 0; index < count; index += 10) {
  for (let more = 0; more < 10; more += 1) reporter.event(eventAt(index + more));
  await setTimeout((overMs * 10) / count);
}
reporter.close();
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({ loadMs: (loaded.user + loaded.system) / 1000, eventsMs: (user + system) / 1000, writtenBytes }),
);

function tty(): Reporter {
  return ttyReporter({ terminal, colour: true, verbose: false, cwd: '/', nowMs: () => performance.now() });
}

function plain(): Reporter {
  const write = (line: string): void => void terminal.write(`${line}\n`);
  const now = (): Date => new Date();
  return plainReporter(write, { verbose: false, quiet: false, colour: true, cwd: '/', ci: ciOf({}, '/'), now });
}

function nodeStarted(node: number): Event {
  const title = `package-${node} 1.0`;
  return { type: 'node-started', node: String(node), kind: 'package', title, reasons: [{ kind: 'never-built' }] };
}

/** Mostly progress; every tenth is the end of a node, and the next the beginning of another in its place. */
function eventAt(index: number): Event {
  const node = String(Math.floor(index / 20) % nodes);
  const title = `package-${node} 1.0`;
  if (index % 20 === 18) return { type: 'node-finished', node, kind: 'package', title, durationMs: 20, sizeBytes: 1e6 };
  if (index % 20 === 19) return nodeStarted(Number(node));
  return { type: 'node-progress', node: String(index % nodes), doneBytes: (index % 100) * 1e5, totalBytes: 1e7 };
}
