import os from 'node:os';

/** `2 × AMD EPYC, 25 GB, Linux 6.18, Node 24.21.0`. */
export function machine(): string {
  const cores = os.cpus();
  const memory = Math.round(os.totalmem() / 1e9);
  const model = cores[0]?.model.trim() ?? 'unknown processor';
  const release = /^\d+\.\d+/.exec(os.release())?.[0] ?? os.release();
  return `${cores.length} × ${model}, ${memory} GB, ${os.type()} ${release}, Node ${process.versions.node}`;
}

/** How many processes want a core, on average of the last minute. */
export function load(): number {
  return os.loadavg()[0] ?? 0;
}

/** Words for a machine that has other work; undefined for a quiet one. */
export function busy(loadBefore: number, cores: number = os.cpus().length): string | undefined {
  if (loadBefore <= cores / 2) return undefined;
  return `The machine had other work (load ${loadBefore.toFixed(1)} before the first run): these figures are not to be quoted.`;
}
