import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Programs that the tests talk to, by the Debian package that has them: the places where each may stand. */
const parts: Readonly<Record<string, readonly string[]>> = {
  'docker-registry': ['/usr/bin/docker-registry'],
  skopeo: ['/usr/bin/skopeo'],
  umoci: ['/usr/bin/umoci'],
  'docker.io': ['/usr/sbin/dockerd', '/usr/bin/dockerd'],
  podman: ['/usr/bin/podman'],
  runc: ['/usr/sbin/runc', '/usr/bin/runc'],
  iptables: ['/usr/sbin/iptables'],
  'apache2-utils': ['/usr/bin/htpasswd'],
  openssl: ['/usr/bin/openssl'],
  zstd: ['/usr/bin/zstd'],
  'libarchive-tools': ['/usr/bin/bsdtar'],
  pigz: ['/usr/bin/pigz'],
  python3: ['/usr/bin/python3'],
  tmux: ['/usr/bin/tmux'],
  zsh: ['/usr/bin/zsh', '/bin/zsh'],
  fish: ['/usr/bin/fish'],
  'qemu-user-static': ['/usr/bin/qemu-aarch64-static'],
};

/** What may stand anywhere: the commands that succeed where it is. */
const commands: Readonly<Record<string, readonly string[]>> = {
  gcc: ['cc', '--version'],
  'python3-pip': ['python3', '-m', 'pip', '--version'],
};

/** Installs what is missing where this is root on a Debian-like system. Gives what is still missing, and says it. */
export function prepareRealParts(): readonly string[] {
  if (canInstall() && (missingParts().length > 0 || !hasPackageLists())) install(missingParts());
  const missing = missingParts();
  if (missing.length > 0) {
    process.stdout.write(`Not installed, so tests that need them are skipped: ${missing.join(', ')}\n`);
  }
  return missing;
}

function missingParts(): readonly string[] {
  const files = Object.entries(parts).filter(([, places]) => !places.some((place) => existsSync(place)));
  const failing = Object.entries(commands).filter(([, [command = '', ...args]]) => !succeeds(command, ...args));
  return [...files, ...failing].map(([name]) => name);
}

function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && succeeds('apt-get', '--version');
}

/** The tests download packages of the distribution for their bases. */
function hasPackageLists(): boolean {
  return succeeds('apt-cache', 'show', 'python3-minimal');
}

function install(names: readonly string[]): void {
  process.stdout.write(`Installing real parts for the tests: ${names.join(', ') || 'package lists'}\n`);
  try {
    apt(['update', '-q']);
    if (names.length === 0) return;
    withoutServices(() => {
      apt(['install', '-yq', '--no-install-recommends', ...names]);
    });
  } catch (error) {
    process.stdout.write(`They cannot be installed: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** Bears with servers that break off, and with others who install just now. */
const patience = ['-oAcquire::Retries=5', '-oDPkg::Lock::Timeout=300'];

function apt(args: readonly string[]): void {
  execFileSync('apt-get', [...patience, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** The tests start their own daemons: what is installed must not start as a service of the machine. */
function withoutServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    work();
    return;
  }
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    rmSync(policy);
  }
}
