import { execFile } from 'node:child_process';
import type { Login } from './address.ts';

/** Where passwords are asked for that stand in no file. */
export interface Keyring {
  /** undefined when there is none, or no keyring. Asks once for each pair. */
  get(service: string, user: string | undefined): Promise<Login | undefined>;
}

/** What a command wrote to its stdout; undefined when it is not there or failed. */
export type RunCommand = (command: string, args: readonly string[]) => Promise<string | undefined>;

const timeoutMs = 60_000;

/** The keyring's command line, found on PATH, as pip's `--keyring-provider subprocess` uses it. */
export function commandKeyring(env: Readonly<Record<string, string | undefined>>, run?: RunCommand): Keyring {
  const runs = run ?? (async (command, args) => runCommand(command, args, env));
  const answers = new Map<string, Promise<Login | undefined>>();
  return {
    get: async (service, user) => {
      const key = JSON.stringify([service, user]);
      const answer = answers.get(key) ?? ask(runs, service, user);
      answers.set(key, answer);
      return answer;
    },
  };
}

async function ask(run: RunCommand, service: string, user: string | undefined): Promise<Login | undefined> {
  if (user?.startsWith('-') === true) return undefined;
  if (user !== undefined && user !== '') {
    const password = (await run('keyring', ['get', service, user]))?.replace(/[\r\n]+$/, '');
    return password === undefined || password === '' ? undefined : { user, password };
  }
  const [name, password] = (await run('keyring', ['--mode', 'creds', 'get', service]))?.split(/\r?\n/) ?? [];
  return name === undefined || password === undefined ? undefined : { user: name, password };
}

async function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { ...env, PYTHONIOENCODING: 'utf-8' }, timeout: timeoutMs };
    const child = execFile(command, [...args], options, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
    child.stdin?.end();
  });
}
