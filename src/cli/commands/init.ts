import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PycontainerError, systemCode } from '../../errors.ts';
import { assumeConfig, targetName } from '../../config/assume.ts';
import { discoverManifest } from '../../config/discover.ts';
import { resolveManifest } from '../../config/manifest.ts';
import { manifestJsonSchema } from '../../config/schema/json.ts';
import { SourceText } from '../../config/source.ts';
import { readYaml } from '../../config/yaml.ts';
import type { Console } from '../console.ts';
import { compose } from '../init/compose.ts';
import type { Draft, SettingKey, Settings, SettingValue } from '../init/draft.ts';
import { type Findings, findProject } from '../init/findings.ts';
import { fromDockerfile } from '../init/from-dockerfile.ts';
import { fromPrototype } from '../init/from-prototype.ts';
import { manifestText } from '../init/manifest-text.ts';
import { isYes, questionsFor } from '../init/questions.ts';
import type { Question } from '../../ui/form-state.ts';
import { wantsColour } from '../../ui/paint.ts';
import type { ConsoleOptions } from '../options.ts';

export interface InitOptions extends ConsoleOptions {
  readonly yes: boolean;
  readonly force: boolean;
}

const manifestName = 'pycontainer.yaml';
const schemaName = 'pycontainer.schema.json';

/** Writes pycontainer.yaml from what is found. Asks no network; on a terminal it shows the text and asks first. */
export async function initCommand(options: InitOptions, console: Console, signal: AbortSignal): Promise<number> {
  const cwd = path.resolve(options.directory ?? '.');
  if (!options.force) await refuseExisting(cwd);
  const { root, targets } = await assumeConfig({ cwd, env: process.env });
  const [assumed] = targets.values();
  if (assumed === undefined) throw new PycontainerError('internal', 'No target was assumed');
  const written = (await fromPrototype(root)) ?? (await fromDockerfile(root));
  const name = targetName(written?.name ?? '') ?? assumed.name;
  const draft = written === undefined ? undefined : withoutRefused(written, name, root);
  const context = draft?.settings.context;
  const target = { ...assumed, name, ...(typeof context === 'string' ? { context: path.resolve(root, context) } : {}) };
  const findings = await findProject(target, root);
  const isAsked = !options.yes && process.stdin.isTTY && process.stderr.isTTY;
  const answers = isAsked ? await askFor(name, findings, draft, root, signal) : {};
  const { manifest, assumed: told } = compose(name, findings, draft, answers);
  const text = manifestText({ ...manifest, schema: `./${schemaName}` });
  check(text, root);
  for (const what of told) console.emit({ type: 'assumed', target: name, what });
  for (const message of draft?.lost ?? []) console.emit({ type: 'warning', code: 'not-carried-over', message });
  console.close();
  if (isAsked && !(await isWanted(text, signal))) return 0;
  const shown = path.relative(cwd, path.join(root, manifestName));
  await write(path.join(root, manifestName), text, options.force);
  await write(path.join(root, schemaName), `${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`, true);
  console.result(`${shown} written, with ${schemaName} beside it for editors`);
  return 0;
}

async function refuseExisting(cwd: string): Promise<void> {
  const found = await discoverManifest(cwd);
  if (found === undefined) return;
  throw new PycontainerError('manifest-exists', `There is ${path.relative(cwd, found.file)} already`, {
    hint: 'Add a target to it, or use --force to write another pycontainer.yaml.',
  });
}

/** What the manifest would refuse is not carried over, of a list only those items; the reason is the manifest's own. */
function withoutRefused(draft: Draft, target: string, root: string): Draft {
  const settings: Partial<Record<SettingKey, NonNullable<Draft['settings'][SettingKey]>>> = {};
  const lost = [...draft.lost];
  for (const [key, value] of Object.entries(draft.settings) as [SettingKey, (typeof settings)[SettingKey]][]) {
    if (value === undefined) continue;
    const refusal = (part: SettingValue): string | undefined => refusalOf({ [key]: part }, target, root);
    const items = Array.isArray(value) && refusal(value) !== undefined ? value.map((item) => [item]) : [value];
    for (const part of items) {
      const why = refusal(part);
      if (why !== undefined) lost.push(`${draft.source}: ${key}: ${why}`);
    }
    const kept = items.filter((part) => refusal(part) === undefined);
    if (kept.length > 0) settings[key] = Array.isArray(value) ? kept.flat() : value;
  }
  return { ...draft, settings, lost };
}

/** Why a manifest with these settings would be refused. */
function refusalOf(
  settings: Settings,
  target: string,
  root: string,
  withVariables: ReadonlySet<SettingKey> = new Set(),
): string | undefined {
  try {
    check(manifestText({ target, schema: '', heading: [], settings, comments: {}, withVariables }), root);
    return undefined;
  } catch (error) {
    if (error instanceof PycontainerError) return error.message;
    throw error;
  }
}

/** Reads a manifest's text as every command does. */
function check(text: string, root: string): void {
  resolveManifest(readYaml(new SourceText(manifestName, text)), { env: process.env, root });
}

/** What the manifest is to say otherwise than it was found. */
async function askFor(
  target: string,
  findings: Findings,
  draft: Draft | undefined,
  root: string,
  signal: AbortSignal,
): Promise<Settings> {
  const questions = questionsFor({
    target,
    findings,
    carried: draft?.settings ?? {},
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    refusal: (settings) => refusalOf(settings, target, root, new Set(['tags'])),
  });
  const answers = await answersTo(questions, signal);
  return Object.assign({}, ...questions.map(({ settings }, index) => settings(answers[index] ?? ''))) as Settings;
}

async function isWanted(text: string, signal: AbortSignal): Promise<boolean> {
  process.stderr.write(`\n${text}\n`);
  const label = `Write this to ${manifestName}?`;
  const [answer = ''] = await answersTo([{ label, about: 'yes or no', usual: 'yes' }], signal);
  return isYes(answer);
}

/** Throws 'interrupted' where the person leaves. */
async function answersTo(questions: readonly Question[], signal: AbortSignal): Promise<readonly string[]> {
  const { ask } = await import('../../ui/form.ts');
  const colour = wantsColour(process.env, process.stderr.isTTY);
  const answers = await ask(questions, { terminal: process.stderr, colour, signal });
  if (answers === undefined) throw new PycontainerError('interrupted', 'Stopped; nothing was written');
  return answers;
}

async function write(file: string, text: string, over: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: over ? 'w' : 'wx' });
  } catch (cause) {
    const exists = systemCode(cause) === 'EEXIST';
    throw new PycontainerError(
      exists ? 'manifest-exists' : 'output-unusable',
      exists ? `There is ${file} already` : `${file} cannot be written`,
      { cause },
    );
  }
}
