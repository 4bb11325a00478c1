import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PycontainerError } from '../../errors.ts';
import { evaluateMarker } from '../marker.ts';
import { type NeededPackage, neededPackages } from './pip-closure.ts';
import { pipProgram } from './pip-program.ts';
import { readReport } from './pip-report.ts';
import type { ResolveImage, ResolveRequest } from './request.ts';
import { linesText, requirementsText } from './requirements-text.ts';
import { failed, type Ran, runProgram } from './run.ts';
import { type WantedRequirement, withoutMarker } from './wanted.ts';
import { ScratchFolder } from './scratch-folder.ts';

const pythons = ['python3', 'python'];
const installation = ['install', '--dry-run', '--ignore-installed', '--quiet', '--no-user', '--only-binary=:all:'];

/** A report is smaller than its packages' metadata, of which an image has some megabytes. */
const reportLimitBytes = 256 * 1024 * 1024;

/**
 * Lets pip resolve for one image, whatever machine it runs on, without installing anything. Undefined where no Python
 * on the PATH has a pip.
 * @throws PycontainerError 'lock-failed', 'interrupted'
 */
export async function askPip(
  request: ResolveRequest,
  image: ResolveImage,
): Promise<readonly NeededPackage[] | undefined> {
  await using scratch = await ScratchFolder.open();
  const { requirements, constraints, shown } = request.wanted;
  const asked = requirements.flatMap((wanted) => applying(wanted, image));
  const limits = constraints.flatMap((wanted) => applying(wanted, image));
  const report = path.join(scratch.folder, 'report.json');
  const files = [
    ['--report', report, '--target', path.join(scratch.folder, 'target')],
    ['-r', await scratch.write('requirements.txt', requirementsText(request, asked))],
    limits.length === 0 ? [] : ['-c', await scratch.write('constraints.txt', linesText(limits))],
  ];
  const offline = request.finder.access.offline ? ['--no-index'] : [];
  const ran = await runPip(request, [
    JSON.stringify(image.environment),
    ...installation,
    ...machineArguments(image),
    ...offline,
    ...files.flat(),
  ]);
  if (ran === undefined) return undefined;
  if (ran.status !== 0) throw failed('pip', `${shown} for ${image.platform}`, ran, hintFor(ran));
  const roots = asked.map(({ requirement }) => requirement);
  return neededPackages(roots, readReport(await readBounded(report)), image);
}

/** The requirement without its marker, where that holds in the image. */
function applying({ requirement, location }: WantedRequirement, image: ResolveImage): readonly WantedRequirement[] {
  if (requirement.marker !== undefined && !evaluateMarker(requirement.marker, image.environment)) return [];
  return [{ requirement: withoutMarker(requirement), location }];
}

/** What decides about wheels, always said, so that the answer does not depend on the machine that asks. */
function machineArguments({ environment, tags }: ResolveImage): string[] {
  const parts = tags.map((tag) => tag.split('-'));
  const [python = '', abi = ''] = parts[0] ?? [];
  const platforms = new Set(parts.flatMap(([, , platform = '']) => (platform === 'any' ? [] : [platform])));
  const version = /^[0-9.]*[0-9]/.exec(environment.python_full_version)?.[0] ?? environment.python_version;
  const own = ['--python-version', version, '--implementation', python.slice(0, 2), '--abi', abi];
  return [...own, ...[...platforms].flatMap((platform) => ['--platform', platform])];
}

/** Runs the first Python on the PATH that has a pip. */
async function runPip({ cwd, env, signal }: ResolveRequest, args: readonly string[]): Promise<Ran | undefined> {
  const settings = {
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_REQUIRE_VIRTUALENV: '0',
    PYTHONUTF8: '1',
  };
  for (const python of pythons) {
    const ran = await runProgram(python, ['-c', pipProgram, ...args], { cwd, env: { ...env, ...settings }, signal });
    const hasNone =
      ran !== undefined &&
      ran.status !== 0 &&
      /^(?:Import|ModuleNotFound)Error: No module named '?pip'?$/m.test(ran.stderr);
    if (ran !== undefined && !hasNone) return ran;
  }
  return undefined;
}

function hintFor({ stderr }: Ran): string | undefined {
  if (/no such option: --(?:report|dry-run)/.test(stderr)) return 'pip 22.2 or newer is needed. Or install uv.';
  if (!/No matching distribution found/.test(stderr)) return undefined;
  return 'Only wheels that fit the image are taken. For a package that comes as source, put a wheel of it into a folder of `find-links`.';
}

async function readBounded(file: string): Promise<string> {
  try {
    if ((await stat(file)).size <= reportLimitBytes) return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PycontainerError('lock-failed', 'pip succeeded without a report', { cause });
  }
  throw new PycontainerError('lock-failed', 'The report of pip has no end');
}
