import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { selfSigned } from '../support/certificate.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { partsMissing } from '../support/real-parts.ts';
import { Rig } from '../support/rig.ts';

const skip = partsMissing('docker-registry', 'openssl');

test("a registry that wants client certificates finds them in Docker's and Podman's folders", { skip }, async () => {
  const own = await selfSigned();
  const client = await selfSigned('maya');
  const at = (folder: string, name: string): string => path.join(folder, name);
  const tls = {
    certificate: at(own.folder, 'cert.pem'),
    key: at(own.folder, 'key.pem'),
    clientcas: [at(client.folder, 'cert.pem')],
  };
  await using registry = await startDockerRegistry({ tls });
  await using rig = new Rig({ 'main.py': '', 'pycontainer.yaml': `targets:\n  a: {base: "${registry.host}/a:1"}\n` });
  const plan = async (): Promise<string> => (await rig.run(['plan'])).stderr;
  assert.match(await plan(), /^error\[tls\]: .* cannot be trusted/);
  for (const root of ['home/.docker', 'xdg-config/containers']) {
    const folder = path.join(rig.root, root, 'certs.d', registry.host);
    mkdirSync(folder, { recursive: true });
    copyFileSync(tls.certificate, path.join(folder, 'ca.crt'));
    assert.match(await plan(), /^error\[network\]: .* broke the connection off\n[^]*client\.cert.*client\.key/);
    copyFileSync(at(client.folder, 'cert.pem'), path.join(folder, 'client.cert'));
    copyFileSync(at(client.folder, 'key.pem'), path.join(folder, 'client.key'));
    assert.match(await plan(), /^error\[registry-not-found\]/);
    rmSync(folder, { recursive: true });
  }
  for (const { folder } of [own, client]) rmSync(folder, { recursive: true });
});
