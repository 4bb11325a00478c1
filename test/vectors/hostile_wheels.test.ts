import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PycontainerError } from '../../src/errors.ts';
import { wheelProblem, wheelProblems } from '../../src/python/install/problem.ts';
import { type InstalledFact, installFile } from '../support/installed.ts';
import { policyTable } from '../support/policy.ts';
import { loadVectors, vectorTest } from './vectors.ts';

type Row = readonly [path: string, type: string, mode: string, size: number, sha256: string];

interface Case {
  readonly name: string;
  readonly wheel: string;
  readonly base64: string;
  readonly pip26: {
    readonly rc: number;
    readonly error: readonly string[] | null;
    readonly files: readonly Row[] | null;
  };
}

const target = { prefix: '/app/.venv', pythonVersion: [3, 11], layout: 'venv' } as const;

type Outcome = { readonly refused: string } | { readonly files: ReadonlyMap<string, InstalledFact> };

vectorTest('hostile and odd wheels are refused or installed as docs/wheel-policy.md says', async (t) => {
  const { cases } = loadVectors('hostile_wheels') as { cases: readonly Case[] };
  const policy = new Map(
    policyTable('Odd and hostile wheels, one by one').map(([name = '', says = '']) => [name, says]),
  );
  const wrong: string[] = [];
  let refused = 0;
  for (const one of cases) {
    const outcome = await tryWheel(one);
    const said = 'refused' in outcome ? outcome.refused : 'installed';
    if ('refused' in outcome) refused += 1;
    if (policy.has(one.name) && policy.get(one.name) !== said)
      wrong.push(`${one.name}: ${said}, not ${policy.get(one.name)}`);
    wrong.push(...differences(one, outcome).map((difference) => `${one.name}: ${difference}`));
  }
  t.diagnostic(`${cases.length} wheels: ${refused} refused, ${cases.length - refused} installed`);
  assert.deepEqual(wrong, []);
});

async function tryWheel({ wheel, base64 }: Case): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  try {
    await writeFile(join(folder, wheel), Buffer.from(base64, 'base64'));
    return { files: await installFile(join(folder, wheel), wheel, target) };
  } catch (error) {
    assert.ok(error instanceof PycontainerError, String(error));
    return { refused: wheelProblem(error) ?? error.code };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * What pip refuses is refused, what it installs is installed the same, but for the problems we are stricter about. Where
 * pip crashes (on an empty row of RECORD, for one), it has no answer.
 */
function differences({ pip26 }: Case, outcome: Outcome): string[] {
  if ('refused' in outcome) {
    const stricter = Object.entries(wheelProblems).some(([name, { stricter }]) => name === outcome.refused && stricter);
    return pip26.rc === 0 && !stricter ? [`pip installs it; ${outcome.refused} is not said to be stricter`] : [];
  }
  const crashed = pip26.error?.includes('ERROR: Exception:') === true;
  if (pip26.rc !== 0) return crashed ? [] : ['pip refuses it'];
  const ours = [...outcome.files].filter(([path]) => isShared(path)).map(([path, fact]) => factRow(path, fact));
  const pips = (pip26.files ?? []).filter(([path]) => isShared(path));
  const wanted = pips.map(([path, , mode, size, sha256]) => `${path} ${mode} ${size} ${sha256}`);
  return [
    ...ours.filter((row) => !wanted.includes(row)).map((row) => `only we have ${row}`),
    ...wanted.filter((row) => !ours.includes(row)).map((row) => `only pip has ${row}`),
  ];
}

function factRow(path: string, { mode, sizeBytes, sha256 }: InstalledFact): string {
  return `${path} 0o${mode.toString(8)} ${sizeBytes} ${sha256}`;
}

/**
 * Paths that pip and we must agree on: not bytecode, not what each installer writes of itself, not launchers whose name
 * has a blank (pip makes ` c` of the comment `; c = x:y` and ` b` of `a b = x:y`).
 */
function isShared(path: string): boolean {
  return !/(?:^|\/)__pycache__\/|\.dist-info\/(?:RECORD|INSTALLER|direct_url\.json)$|^bin\/(?:.*\/)?[^/]*\s[^/]*$/.test(
    path,
  );
}
