import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { BenchBase } from '../inputs/base.ts';
import type { Sample } from '../measure.ts';
import { pipeline, quoted, runProgram } from '../run-program.ts';

const prototype = path.join(import.meta.dirname, 'prototype.py');
const sitePackages = '/usr/lib/python3/dist-packages';

/** Who makes images with this machine's Python and a script around it: its own folder, and what it runs. */
export interface Scripted {
  /** What is kept between builds; made by a build. */
  readonly work: string;
  readonly build: (project: string, signal: AbortSignal) => Promise<Sample>;
}

/** pip into a folder, then `umoci insert` for the dependencies, if they changed, and for the app. */
export function umociScript(base: BenchBase, work: string): Scripted {
  const python = quoted(pythonHere());
  const image = (tag: string): string => quoted(`${work}/layout:${tag}`);
  const script = (project: string): string => `set -e
mkdir -p ${quoted(work)}; cd ${quoted(work)}
if ! cmp -s ${quoted(project)}/requirements.txt requirements.txt; then
  rm -rf site layout; cp -r ${quoted(base.layout)} layout
  ${python} -m pip install --target site --no-index --no-deps --quiet --no-compile --no-cache-dir \
    --find-links ${quoted(project)}/wheels -r ${quoted(project)}/requirements.txt
  umoci insert --image ${image('latest')} --tag dependencies site ${sitePackages}
  cp ${quoted(project)}/requirements.txt requirements.txt
fi
umoci insert --image ${image('dependencies')} --tag made ${quoted(project)}/src /app/src`;
  return {
    work,
    build: (project, signal) => runProgram(pipeline(script(project)), { signal, env: environment(base) }),
  };
}

/** See prototype.py. */
export function prototypeScript(base: BenchBase, work: string): Scripted {
  const python = pythonHere();
  return {
    work,
    build(project, signal) {
      fs.mkdirSync(work, { recursive: true });
      return runProgram([python, prototype, project, base.layout, work], { signal, env: environment(base) });
    },
  };
}

/** The interpreter itself: version managers put a script before it. */
function pythonHere(): string {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  return stdout.trim();
}

/** With the pip that the base has, and none of this machine's settings. */
function environment(base: BenchBase): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PYTHONPATH: path.join(base.root, sitePackages),
    PIP_CONFIG_FILE: '/dev/null',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
  };
}
