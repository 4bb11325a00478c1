import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { certificateFolders } from '../../http/trust.ts';
import { createHttp } from '../../http.ts';
import { trustOf } from '../../registry/rules.ts';
import type { Console } from '../console.ts';
import { notebook } from '../doctor/finding.ts';
import { lookAtIndexes } from '../doctor/indexes.ts';
import { lookAtEngine, lookAtProgram, lookAtStore } from '../doctor/machine.ts';
import { lookAtNetwork } from '../doctor/network.ts';
import { lookAtRegistries } from '../doctor/registries.ts';
import { lookAtSettings } from '../doctor/settings.ts';
import { doctorJson, doctorText, type Finding, isHealthy } from '../../ui/doctor.ts';
import type { ConsoleOptions } from '../options.ts';

export interface DoctorOptions extends ConsoleOptions {
  readonly remote: boolean;
  readonly format: 'text' | 'json';
}

/** Says what works here, what does not, and what to do. Asks the network only with `remote`; its status is 1 when something is broken. */
export async function doctorCommand(options: DoctorOptions, console: Console): Promise<number> {
  const { env } = process;
  const home = env['HOME'] || homedir();
  const cwd = resolve(options.directory ?? '.');
  const findings: Finding[] = [];
  const certificates = certificateFolders({ env, home });
  lookAtProgram(notebook('program', findings));
  await lookAtStore(notebook('store', findings), env);
  await lookAtEngine(notebook('engine', findings), { env, home });
  const { rules, targets, root } = await lookAtSettings(notebook('settings', findings), { env, home, cwd });
  const http = createHttp({ env, hosts: trustOf(rules), certificates, attempts: 2 });
  const asked = options.remote ? { http } : {};
  await lookAtRegistries(notebook('registries', findings), { env, home, rules, targets, ...asked });
  await http.close();
  const dependencies = {
    indexes: targets.flatMap((target) => target.dependencies.indexes),
    findLinks: targets.flatMap((target) => target.dependencies.findLinks),
  };
  const place = { env, home, cwd, folder: targets[0]?.context ?? cwd, root };
  await lookAtIndexes(notebook('indexes', findings), { ...place, dependencies, isRemote: options.remote });
  await lookAtNetwork(notebook('network', findings), env, certificates);
  console.result(
    options.format === 'json'
      ? JSON.stringify(doctorJson(findings), undefined, 2)
      : doctorText(findings, console.paint),
  );
  return isHealthy(findings) ? 0 : 1;
}
