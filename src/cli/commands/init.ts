import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
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
import { findProject } from '../init/findings.ts';
import { fromDockerfile } from '../init/from-dockerfile.ts';
import { fromPrototype } from '../init/from-prototype.ts';
import { manifestText } from '../init/manifest-text.ts';
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
  const { manifest, assumed: told } = compose(name, await findProject(target, root), draft);
  const text = manifestText({ ...manifest, schema: `./${schemaName}` });
  check(text, root);
  for (const what of told) console.emit({ type: 'assumed', target: name, what });
  for (const message of draft?.lost ?? []) console.emit({ type: 'warning', code: 'not-carried-over', message });
  if (!options.yes && !(await isWanted(text, signal))) return 0;
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
function refusalOf(settings: Settings, target: string, root: string): string | undefined {
  try {
    check(manifestText({ target, schema: '', heading: [], settings, comments: {}, withVariables: new Set() }), root);
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

async function isWanted(text: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await questions.question(`\n${text}\nWrite this to ${manifestName}? [Y/n] `, { signal });
    return /^(?:y|yes)?$/i.test(answer.trim());
  } catch (cause) {
    if (systemCode(cause) !== 'ABORT_ERR') throw cause;
    process.stderr.write('\n');
    throw new PycontainerError('interrupted', 'Stopped; nothing was written', { cause });
  } finally {
    questions.close();
  }
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
