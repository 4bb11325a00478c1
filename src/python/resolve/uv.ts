import path from 'node:path';
import { parseToml } from '../toml.ts';
import { readPylockTable } from '../lock/pylock-read.ts';
import { entryOf } from './entry.ts';
import { listPinned } from './listed.ts';
import { pythonsOf, type Resolution, type ResolveRequest } from './request.ts';
import { linesText, requirementsText } from './requirements-text.ts';
import { failed, type Ran, runProgram } from './run.ts';
import { ScratchFolder } from './scratch-folder.ts';

const compilation = [
  ['pip', 'compile', '--universal', '--generate-hashes', '--only-binary', ':all:'],
  ['--no-header', '--no-annotate', '--color', 'never'],
].flat();

/**
 * Lets uv resolve for every platform at once, from the images' oldest Python on. A uv before 0.6.15 does not write
 * pylock.toml: its requirements are read, and their wheels looked up. Undefined where there is no uv.
 * @throws PycontainerError 'lock-failed', 'interrupted', and those of the index for an old uv
 */
export async function askUv(request: ResolveRequest): Promise<Resolution | undefined> {
  await using scratch = await ScratchFolder.open();
  const { requirements, constraints } = request.wanted;
  const limits = constraints.length === 0 ? [] : ['-c', await scratch.write('constraints.txt', linesText(constraints))];
  const offline = request.finder.access.offline ? ['--offline'] : [];
  const args = [...compilation, '--python-version', oldestPython(request), ...offline, ...limits];
  const source = await scratch.write('requirements.in', requirementsText(request, requirements));
  const ran = await runUv(request, [...args, '--format', 'pylock.toml', source]);
  if (ran === undefined) return undefined;
  if (isTooOld(ran)) return await fromRequirements(request, await runUv(request, [...args, source]), scratch);
  if (ran.status !== 0) throw failed('uv', request.wanted.shown, ran);
  return await fromPylock(request, ran.stdout);
}

/** Settings of the project and relative paths are found from its folder on. */
function runUv({ folder, env, signal }: ResolveRequest, args: readonly string[]): Promise<Ran | undefined> {
  return runProgram('uv', args, { cwd: folder, env: { ...env, UV_NO_PROGRESS: '1' }, signal });
}

function oldestPython({ images }: ResolveRequest): string {
  const [oldest = ''] = pythonsOf(images);
  return oldest;
}

function isTooOld({ status, stderr }: Ran): boolean {
  return status === 2 && /(?:unexpected argument|invalid value).*--format/.test(stderr);
}

async function fromPylock(request: ResolveRequest, text: string): Promise<Resolution> {
  const file = readPylockTable(parseToml(text, 'the answer of uv', 'lock-failed'), request.folder);
  return {
    tool: 'uv',
    environments: file.environments,
    ...(file.requiresPython === undefined ? {} : { requiresPython: file.requiresPython }),
    packages: await Promise.all(file.packages.map((item) => entryOf(item, request.finder))),
  };
}

async function fromRequirements(
  request: ResolveRequest,
  ran: Ran | undefined,
  scratch: ScratchFolder,
): Promise<Resolution> {
  const { stdout } = ran === undefined || ran.status !== 0 ? fail(request, ran) : ran;
  const file = await scratch.write('answer.txt', stdout);
  return {
    tool: 'uv',
    environments: [],
    requiresPython: `>=${oldestPython(request)}`,
    packages: await listPinned(file, path.dirname(file), request.finder),
  };
}

function fail(request: ResolveRequest, ran: Ran | undefined): never {
  throw failed('uv', request.wanted.shown, ran ?? { status: null, stdout: '', stderr: '' });
}
