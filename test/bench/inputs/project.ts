import fs from 'node:fs';
import path from 'node:path';
import { writeApp } from './app.ts';
import type { BenchWheel } from './wheels.ts';

export interface ProjectSpec {
  readonly wheels: readonly BenchWheel[];
  readonly appFiles: number;
  /** The folder of an OCI layout. */
  readonly base: string;
  /** Targets, all over the same files; 1 when absent. */
  readonly targets?: number;
  /** Whether pip is to write bytecode, as it does by default; pycontainer and uv do not. */
  readonly bytecode?: boolean;
}

/** What images are called that are made for the bench, and the base that Docker and Buildah begin with. */
export const baseName = 'localhost/bench-base:latest';

/**
 * Writes one project for everybody: a manifest for pycontainer, a Dockerfile in the order that uv's guide gives it
 * (dependencies first, bound and not copied, the application last), a locked list of requirements, and the wheels.
 */
export function writeProject(
  folder: string,
  { wheels, appFiles, base, targets = 1, bytecode = false }: ProjectSpec,
): string {
  writeApp(path.join(folder, 'src'), appFiles);
  const names = Array.from({ length: targets }, (_, index) => `app${index}`);
  const manifest = {
    defaults: { base: `oci:${base}`, exclude: ['wheels', 'Dockerfile'], cmd: ['python3', 'src/main.py'] },
    targets: Object.fromEntries(names.map((name) => [name, {}])),
  };
  fs.writeFileSync(path.join(folder, 'pycontainer.yaml'), JSON.stringify(manifest, undefined, 2));
  fs.writeFileSync(path.join(folder, 'Dockerfile'), dockerfile(wheels.length > 0, bytecode));
  fs.mkdirSync(path.join(folder, 'wheels'), { recursive: true });
  writeRequirements(folder, wheels);
  return folder;
}

/** Locks the project on these wheels, and lays them where it looks for them. */
export function writeRequirements(folder: string, wheels: readonly BenchWheel[]): void {
  const lines = wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`);
  if (lines.length > 0) fs.writeFileSync(path.join(folder, 'requirements.txt'), lines.join(''));
  for (const wheel of wheels) {
    const place = path.join(wheelsOf(folder), wheel.filename);
    if (!fs.existsSync(place)) fs.copyFileSync(wheel.path, place);
  }
}

export function wheelsOf(project: string): string {
  return path.join(project, 'wheels');
}

/** Where pycontainer leaves the first target's image. */
export function imageOf(project: string): string {
  return path.join(project, '.pycontainer/images/app0');
}

function dockerfile(installs: boolean, bytecode: boolean): string {
  const install = [
    'RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt',
    '--mount=type=bind,source=wheels,target=/tmp/wheels',
    'python3 -m pip install --no-index --find-links /tmp/wheels --no-cache-dir --no-deps --quiet',
    ...(bytecode ? [] : ['--no-compile']),
    '--disable-pip-version-check --root-user-action=ignore -r /tmp/requirements.txt',
  ];
  const lines = [
    `FROM ${baseName}`,
    'WORKDIR /app',
    'ENV PIP_BREAK_SYSTEM_PACKAGES=1',
    ...(installs ? [install.join(' ')] : []),
    'COPY src src',
    'CMD ["python3", "src/main.py"]',
  ];
  return `${lines.join('\n')}\n`;
}
