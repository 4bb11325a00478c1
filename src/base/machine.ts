import type { Platform } from '../oci/platform.ts';

const machines: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  '386': 'i686',
  arm64: 'aarch64',
  loong64: 'loongarch64',
  mips64le: 'mips64',
  mipsle: 'mips',
};

/** What Python's platform.machine() says on a kernel of this platform. */
export function machineOf({ architecture, variant }: Platform): string {
  if (architecture === 'arm') return variant === 'v5' || variant === 'v6' ? `arm${variant}l` : 'armv7l';
  return machines[architecture] ?? architecture;
}

/** Whether an ELF file for `machine` (in the words of elf.ts) can be this platform's own. */
export function isMachineOf(machine: string, platform: Platform): boolean {
  return platform.architecture === 'arm' ? /^arm(hf|el)$/.test(machine) : machine === machineOf(platform);
}
