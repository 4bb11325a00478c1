import { PycontainerError } from '../../errors.ts';
import type { Login } from '../../registry/credential.ts';
import { checkLogin, parseHost } from '../../registry/login.ts';
import { saveLogin } from '../../registry/login-file.ts';
import { Questions } from '../ask.ts';
import type { Console } from '../console.ts';
import { type Network, openNetwork } from '../network.ts';
import type { ConsoleOptions } from '../options.ts';

export interface LoginOptions extends ConsoleOptions {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin: boolean;
}

/** Keeps a login where `docker login` would, once the registry has taken it. */
export async function loginCommand(
  text: string,
  options: LoginOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const host = parseHost(text);
  const login = await readLogin(host, options, signal);
  await using network = await openNetwork(options, console.emit);
  if ((await checkLogin(host, { kind: 'password', ...login }, network)) === 'unasked') {
    console.emit({
      type: 'warning',
      code: 'login-unchecked',
      message: `${host} lets everyone in at its door, so this password was not checked`,
    });
  }
  const { file, program } = await saveLogin(host, login, network);
  await warnOfOther(host, login, network, console);
  const keeper = program === undefined ? `${file} has the password, not encrypted` : `${program} has the password`;
  console.result(`logged in to ${host} as ${login.username}; ${keeper}`);
  return 0;
}

async function readLogin(host: string, options: LoginOptions, signal: AbortSignal): Promise<Login> {
  const { username, password, passwordStdin } = options;
  if (password !== undefined) {
    throw new PycontainerError('usage', 'A password is not taken from the command line', {
      hint: `All users of this machine can read it there, and the shell keeps it. Leave --password out to be asked, or pipe it: pycontainer login ${host} -u ${username ?? 'USER'} --password-stdin < FILE`,
    });
  }
  if (passwordStdin) return checked({ username: username ?? missingName(), password: await readStandardInput() });
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new PycontainerError('usage', 'There is no terminal to ask for the password on', {
      hint: `Pipe it: pycontainer login ${host} -u ${username ?? 'USER'} --password-stdin < FILE`,
    });
  }
  using questions = new Questions(signal);
  const name = username ?? (await questions.ask(`User name for ${host}: `)).trim();
  return checked({ username: name, password: await questions.askSecret(`Password or access token of ${name}: `) });
}

function missingName(): never {
  throw new PycontainerError('usage', '--password-stdin wants --username beside it', {
    hint: 'Standard input has the password alone.',
  });
}

/** All of it but one end of line. */
async function readStandardInput(): Promise<string> {
  const chunks = await Array.fromAsync(process.stdin as AsyncIterable<Buffer>);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

function checked(login: Login): Login {
  const { username, password } = login;
  if (username === '' || /[:\p{Cc}]/u.test(username)) {
    throw new PycontainerError('usage', 'A user name is not empty, and has no colon', {
      hint: 'What stands behind the colon may be the password: it is asked for, or piped with --password-stdin.',
    });
  }
  if (password !== '' && !/\p{Cc}/u.test(password)) return login;
  throw new PycontainerError('usage', password === '' ? 'The password is empty' : 'The password has several lines', {
    hint: 'Nothing was changed.',
  });
}

/** A place that is looked at before the file has the last word. */
async function warnOfOther(host: string, login: Login, { credentials }: Network, { emit }: Console): Promise<void> {
  const found = await credentials.locate(host);
  const { credential } = found ?? {};
  const { username, password } = login;
  if (credential?.kind === 'password' && credential.password === password && credential.username === username) return;
  emit({
    type: 'warning',
    code: 'login-elsewhere',
    message: `The login is kept, but ${found?.from ?? 'another place'} comes before it`,
    hint: 'What is said there is used for this host until it is removed.',
  });
}
