import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';

/** Makes a key and a certificate that is its own authority, in a new folder as `key.pem` and `cert.pem`. */
export async function selfSigned(name = '127.0.0.1'): Promise<{ key: string; cert: string; folder: string }> {
  const folder = await mkdtemp(`${tmpdir()}/certificate-`);
  const alternative = /^[0-9.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`;
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`];
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
  execFileSync('openssl', ['req', '-x509', ...options, ...subject, ...files], { stdio: 'ignore' });
  const [key, cert] = await Promise.all([
    readFile(`${folder}/key.pem`, 'utf8'),
    readFile(`${folder}/cert.pem`, 'utf8'),
  ]);
  return { key, cert, folder };
}
