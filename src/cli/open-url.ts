import { spawn } from 'node:child_process';

/** Shows a page in the user's browser, where the system knows how; where it does not, nothing happens. */
export function openUrl(url: string): void {
  if (!/^https?:\/\//.test(url)) return;
  const opener = process.env['BROWSER'] || (process.platform === 'darwin' ? 'open' : 'xdg-open');
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
}
