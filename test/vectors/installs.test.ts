import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { wheelEntries } from '../../src/python/install/entries.ts';
import { type Wheel, openWheel } from '../../src/python/install/wheel.ts';
import { findWheels } from '../support/find-wheels.ts';
import { type InstalledFact, installedFiles } from '../support/installed.ts';
import { loadVectors, vectorTest } from './vectors.ts';

type Row = readonly [path: string, type: string, mode: string, size: number, sha256: string];

interface Install {
  readonly wheel: string;
  readonly wheel_sha256: string;
  readonly files: readonly Row[];
  readonly texts: Readonly<Record<string, string>>;
  /** What `pip install --target` puts elsewhere than into site-packages, and its RECORD. */
  readonly target_layout_differs: readonly Row[];
}

const target = { prefix: '/app/.venv', pythonVersion: [3, 11], layout: 'venv' } as const;
const ourInstaller = 'INSTALLER,sha256=';

vectorTest('real wheels are installed byte for byte as pip does', async (t) => {
  const { installs } = loadVectors('installs') as { installs: readonly Install[] };
  const found = findWheels(installs.map(({ wheel }) => wheel));
  let compared = 0;
  for (const install of installs) {
    const path = found.get(install.wheel);
    if (path === undefined || (await sha256Of(path)) !== install.wheel_sha256) continue;
    const wheel = await openWheel(path, install.wheel);
    const ours = await installedFiles(wheel, target);
    assert.deepEqual(rows(ours), wanted(install.files), install.wheel);
    compareRecord(ours, install);
    assert.deepEqual(flatPlaces(wheel), wantedFlat(install), `${install.wheel} flat`);
    compared += 1;
  }
  t.diagnostic(`${compared} of ${installs.length} wheels found on this machine and compared`);
  if (compared === 0) t.skip('none of the wheels is on this machine; PYCONTAINER_WHEELS may name a folder');
});

/** But for what the installer writes of itself. */
function rows(files: ReadonlyMap<string, InstalledFact>): string[] {
  const facts = [...files].map(([path, { mode, sizeBytes, sha256 }]) =>
    own(path) ? path : `${path} 0o${mode.toString(8)} ${sizeBytes} ${sha256}`,
  );
  return facts.sort();
}

function wanted(files: readonly Row[]): string[] {
  const kept = files.filter(([path]) => !path.includes('__pycache__/'));
  return kept.map(([path, , mode, size, sha256]) => (own(path) ? path : `${path} ${mode} ${size} ${sha256}`)).sort();
}

/** Paths, modes and sizes of a flat installation into /flat, which starts the same interpreter. */
function flatPlaces(wheel: Wheel): string[] {
  const interpreter = '/app/.venv/bin/python';
  const entries = wheelEntries(wheel, { prefix: '/flat', pythonVersion: [3, 11], layout: 'flat', interpreter });
  const files = entries.flatMap((entry) => (entry.type === 'file' ? [entry] : []));
  return files
    .map(({ path, mode, sizeBytes }) => `${path.slice('flat/'.length)} 0o${mode.toString(8)} ${sizeBytes}`)
    .sort();
}

function wantedFlat({ files, target_layout_differs: elsewhere }: Install): string[] {
  const site = 'lib/python3.11/site-packages/';
  const inside = files.filter(([path]) => path.startsWith(site));
  const rows = [...inside.map(([path, ...rest]) => [path.slice(site.length), ...rest] as const), ...elsewhere];
  const kept = rows.filter(
    ([path]) => !path.includes('__pycache__/') && !/\.dist-info\/(?:RECORD|INSTALLER|REQUESTED)$/.test(path),
  );
  return kept.map(([path, , mode, size]) => `${path} ${mode} ${size}`).sort();
}

function own(path: string): boolean {
  return /\.dist-info\/(?:RECORD|INSTALLER)$/.test(path);
}

/** RECORD is pip's with LF, our INSTALLER and without the bytecode that the wheel ships. */
function compareRecord(files: ReadonlyMap<string, InstalledFact>, { wheel, texts }: Install): void {
  const [path, text] = Object.entries(texts).find(([path]) => path.endsWith('.dist-info/RECORD')) ?? [];
  if (path === undefined || text === undefined) return;
  const ours = files.get(path)?.bytes.toString() ?? '';
  const installer = ours.split('\n').find((line) => line.includes(ourInstaller)) ?? '';
  const lines = text.split('\r\n').filter((line) => !line.includes('__pycache__/'));
  const pip = lines.map((line) => (line.includes(ourInstaller) ? installer : line)).join('\n');
  assert.equal(ours, pip, `RECORD of ${wheel}`);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
