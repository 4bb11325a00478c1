import { parseHost } from '../../registry/login.ts';
import { removeLogin } from '../../registry/login-file.ts';
import type { Console } from '../console.ts';
import { openNetwork } from '../network.ts';
import type { ConsoleOptions } from '../options.ts';

/** Forgets what `login` kept for a host. Asks no network. */
export async function logoutCommand(text: string, options: ConsoleOptions, console: Console): Promise<number> {
  const host = parseHost(text);
  await using network = await openNetwork(options, console.emit);
  const wasThere = await removeLogin(host, network);
  const left = await network.credentials.locate(host);
  if (left !== undefined) {
    console.emit({
      type: 'warning',
      code: 'login-elsewhere',
      message: `${left.from} still has a login for ${host}`,
      hint: 'pycontainer uses it until it is removed there.',
    });
  }
  console.result(wasThere ? `logged out of ${host}` : `there was no login for ${host}`);
  return 0;
}
