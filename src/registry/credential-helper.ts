import { spawn } from 'node:child_process';
import { systemCode } from '../errors.ts';
import type { Credential, Login } from './credential.ts';

/** What came of asking a helper. A failure's message is the helper's own, cut short. */
export type HelperAnswer =
  | { readonly kind: 'found'; readonly credential: Credential }
  | { readonly kind: 'none' }
  | HelperFailure;

export type HelperFailure = { readonly kind: 'missing' } | { readonly kind: 'failed'; readonly message: string };

const timeoutMs = 60_000;
const maxOutputLength = 1024 * 1024;

/**
 * Runs `docker-credential-NAME get` with the server's name on its standard input.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
export async function askHelper(
  name: string,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HelperAnswer> {
  const outcome = await run(name, 'get', server, env);
  return 'stdout' in outcome ? readAnswer(outcome.stdout) : outcome;
}

/** Has a helper keep a login: `docker-credential-NAME store`. Its failure's message does not have the password. */
export async function storeInHelper(
  name: string,
  server: string,
  { username, password }: Login,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HelperFailure | undefined> {
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: password });
  const outcome = await run(name, 'store', input, env, [JSON.stringify(password).slice(1, -1), password]);
  if ('stdout' in outcome) return undefined;
  return outcome.kind === 'none' ? failed('it ended without keeping the login') : outcome;
}

/** Has a helper forget a login: `docker-credential-NAME erase`. One that it does not have is no failure. */
export async function eraseFromHelper(
  name: string,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HelperFailure | undefined> {
  const outcome = await run(name, 'erase', server, env);
  return 'stdout' in outcome || outcome.kind === 'none' ? undefined : outcome;
}

/** What a helper said when all went well, or why it did not. */
async function run(
  name: string,
  action: 'get' | 'store' | 'erase',
  input: string,
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[] = [],
): Promise<{ readonly stdout: string } | HelperFailure | { readonly kind: 'none' }> {
  if (!/^[\w.-]+$/.test(name)) return failed('its name is not allowed');
  const { code, stdout, error } = await spawned([`docker-credential-${name}`, action], input, env);
  if (error !== undefined) return systemCode(error) === 'ENOENT' ? { kind: 'missing' } : failed(error.message);
  if (code === 0) return { stdout };
  if (/credentials not found/i.test(stdout)) return { kind: 'none' };
  const said = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), stdout.trim());
  return failed(said || `it ended with ${code}`);
}

async function spawned(
  [program, action]: readonly [string, string],
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number | null; stdout: string; error?: Error }> {
  return new Promise((resolve) => {
    const child = spawn(program, [action], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    const timer = setTimeout(() => child.kill(), timeoutMs);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < maxOutputLength) stdout += text;
    });
    const end = (code: number | null, error?: Error): void => {
      clearTimeout(timer);
      resolve({ code, stdout, ...(error === undefined ? {} : { error }) });
    };
    child.on('error', (error) => end(null, error));
    child.on('close', (code) => end(code));
    child.stdin.on('error', () => undefined).end(input);
  });
}

function readAnswer(stdout: string): HelperAnswer {
  const answer = parseJson(stdout);
  const username = textOf(answer, 'Username');
  const secret = textOf(answer, 'Secret');
  if (secret === undefined) return failed('its answer cannot be read');
  if (secret === '') return { kind: 'none' };
  if (username === '<token>') return { kind: 'found', credential: { kind: 'identity-token', token: secret } };
  return { kind: 'found', credential: { kind: 'password', username: username ?? '', password: secret } };
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof text === 'string' ? text : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(message: string): Extract<HelperFailure, { kind: 'failed' }> {
  return { kind: 'failed', message: message.replaceAll(/\s+/g, ' ').slice(0, 200) };
}
