import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Installs the programs that the tests in test/real/ talk to, where this is root on a Debian-like system.
 * Elsewhere it says what is missing; in CI (`CI=true`) a missing part is a failure.
 */
const parts: Readonly<Record<string, readonly string[]>> = {
  'docker-registry': ['/usr/bin/docker-registry'],
  skopeo: ['/usr/bin/skopeo'],
  umoci: ['/usr/bin/umoci'],
  'docker.io': ['/usr/sbin/dockerd', '/usr/bin/docker'],
  podman: ['/usr/bin/podman'],
  runc: ['/usr/sbin/runc', '/usr/bin/runc'],
  iptables: ['/usr/sbin/iptables'],
  'apache2-utils': ['/usr/bin/htpasswd'],
  openssl: ['/usr/bin/openssl'],
  pigz: ['/usr/bin/pigz'],
  tmux: ['/usr/bin/tmux'],
};

const missing = Object.entries(parts).flatMap(([name, places]) =>
  places.some((place) => existsSync(place)) ? [] : [name],
);

if (missing.length > 0 && canInstall()) install(missing);
else if (missing.length > 0) {
  process.stdout.write(`Not installed, so tests that need them are skipped: ${missing.join(', ')}\n`);
  if (process.env['CI'] === 'true') process.exitCode = 1;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
}

function install(names: readonly string[]): void {
  process.stdout.write(`Installing real parts for the tests: ${names.join(', ')}\n`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'] as const,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-q'], { ...options, stdio: [...options.stdio] });
  execFileSync('apt-get', ['install', '-yq', '--no-install-recommends', ...names], {
    ...options,
    stdio: [...options.stdio],
  });
}
