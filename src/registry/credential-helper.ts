import { spawn } from 'node:child_process';
import { systemCode } from '../errors.ts';
import type { Credential } from './credential.ts';

/** What came of asking a helper. A failure's message is the helper's own, cut short. */
export type HelperAnswer =
  | { readonly kind: 'found'; readonly credential: Credential }
  | { readonly kind: 'none' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string };

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
  if (!/^[\w.-]+$/.test(name)) return { kind: 'failed', message: 'its name is not allowed' };
  const { code, stdout, error } = await run(`docker-credential-${name}`, server, env);
  if (error !== undefined) return systemCode(error) === 'ENOENT' ? { kind: 'missing' } : failed(error.message);
  if (code === 0) return readAnswer(stdout);
  return /credentials not found/i.test(stdout) ? { kind: 'none' } : failed(stdout.trim() || `it ended with ${code}`);
}

async function run(
  program: string,
  input: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number | null; stdout: string; error?: Error }> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], { env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
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

function failed(message: string): HelperAnswer {
  return { kind: 'failed', message: message.replaceAll(/\s+/g, ' ').slice(0, 200) };
}
