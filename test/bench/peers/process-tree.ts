import fs from 'node:fs';

export interface PeakWatch {
  /** Of the largest process until now. */
  peakBytes(): number;
  stop(): void;
}

const askEveryMs = 50;

/** Watches a program that this process has started, and all that it starts in turn, by the kernel's high-water marks. */
export function watchPeak(program: string): PeakWatch {
  const [root] = childrenOf(process.pid).filter((pid) => read(`/proc/${pid}/comm`).trim() === program);
  let peak = 0;
  const look = (): void => {
    for (const pid of root === undefined ? [] : withDescendants(root)) peak = Math.max(peak, highWaterBytes(pid));
  };
  const timer = setInterval(look, askEveryMs);
  return {
    peakBytes() {
      look();
      return peak;
    },
    stop: () => clearInterval(timer),
  };
}

function withDescendants(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)];
}

function childrenOf(pid: number): readonly number[] {
  const tasks = fs.existsSync(`/proc/${pid}/task`) ? fs.readdirSync(`/proc/${pid}/task`) : [];
  return tasks.flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
}

function highWaterBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Processes end while they are looked at. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
