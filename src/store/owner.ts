import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { systemCode } from '../errors.ts';

/** Names this process for others that share a folder with it: `machine-pid`. */
export function ownerName(): string {
  return `${machine()}-${process.pid}`;
}

/**
 * Whether the process that a name (with anything behind it) was made by is gone. undefined when that can't be known:
 * it lived on another machine, or in a container with process ids of its own.
 */
export function isOwnerGone(name: string): boolean | undefined {
  const [owner, pid] = name.split('-');
  return owner === machine() && pid !== undefined ? !isAlive(Number(pid)) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

let knownMachine: string | undefined;

/** Names the world that a process id is valid in: the host, and on Linux the namespace of process ids. */
function machine(): string {
  knownMachine ??= createHash('sha256').update(`${os.hostname()} ${processNamespace()}`).digest('hex').slice(0, 12);
  return knownMachine;
}

function processNamespace(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
