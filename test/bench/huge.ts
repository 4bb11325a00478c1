/**
 * Builds a layer of a wheel that is larger than 4 GiB, with files of more than 2 and more than 4 GiB in it, from an
 * index on the loopback interface that breaks off at half of it; reads the layer back with Python, and says how long
 * each took and how much memory the largest process had.
 *
 *   node test/bench/huge.ts [MEBIBYTES OF THE LARGEST FILE, 4608]
 *
 * It takes some minutes, and disk space of twice the largest file. PYCONTAINER_TEST_CLI=bin/pycontainer.js measures the
 * bundle in the place of the sources, which take more memory.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { writeBase } from '../cli/project.ts';
import { official } from '../base/systems.ts';
import { Rig } from '../support/rig.ts';
import { serveHugeWheel } from '../support/huge-index.ts';
import { writeHugeWheel } from '../support/huge-wheel.ts';
import { gnuTime } from './run-program.ts';

const execute = promisify(execFile);
const largest = Number(process.argv[2] ?? 4608);

await using rig = new Rig();
await writeBase(rig, official);
const half = Math.round(largest * 0.49);
const wheel = await timed('the wheel is written', () =>
  writeHugeWheel(rig.root, [
    { name: 'huge/first.bin', method: 'stored', mebibytes: half },
    { name: 'huge/second.bin', method: 'stored', mebibytes: half },
    { name: 'huge/largest.bin', method: 'deflated', mebibytes: largest },
  ]),
);
say(`${wheel.filename} has ${gibibytes(wheel.sizeBytes)}`);

await using index = await serveHugeWheel(wheel);
rig.write({
  'pycontainer.yaml': 'targets: {api: {base: "oci:../base", platforms: [linux/amd64], cmd: [python], outputs: []}}\n',
  'requirements.txt': index.requirements,
  'main.py': '',
});

const peakFile = path.join(rig.root, 'peak');
const through = gnuTime === undefined ? [] : [gnuTime, '-q', '-f', '%M %U %S', '-o', peakFile];
const { events } = await timed('fetched and built', () => rig.ok(['build', '--progress', 'rawjson'], { through }));
if (gnuTime !== undefined) {
  const [peakKib = 0, userSeconds = 0, systemSeconds = 0] = fs
    .readFileSync(peakFile, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  say(`processor: ${(userSeconds + systemSeconds).toFixed(1)} s; peak memory: ${Math.round(peakKib / 1024)} MiB`);
}
say(`asked for ${index.asked.join(', then ')}; the first answer broke off at ${index.brokenAt}`);
const made = events.find((event) => event.type === 'node-finished' && event.kind === 'package');
assert(made?.type === 'node-finished' && made.digest !== undefined && made.sizeBytes !== undefined);
say(`its layer has ${gibibytes(made.sizeBytes)}`);
const layer = path.join(rig.root, 'store/blobs/sha256', made.digest.replace('sha256:', ''));
const found = await timed('read back by Python', () => contentsOf(layer));
for (const [name, sha256] of wheel.contents) assert.equal(found.get(name), sha256, name);
say(`${wheel.contents.size} files are right; the store has ${gibibytes(storeBytes())}`);

async function contentsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const script = `
import hashlib, sys, tarfile
with tarfile.open(sys.argv[1], 'r|gz') as tar:
    for one in tar:
        if one.isreg():
            print(one.name.split('/site-packages/')[1], hashlib.file_digest(tar.extractfile(one), 'sha256').hexdigest())
`;
  const { stdout } = await execute('python3', ['-c', script, file]);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}

function storeBytes(): number {
  const folder = path.join(rig.root, 'store/blobs/sha256');
  return fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  say(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
