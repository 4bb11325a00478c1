import { readFileSync } from 'node:fs';
import { PycontainerError } from '../errors.ts';
import type { AppFile } from './app-file.ts';

/** How the app starts, and the sentence that says why. */
export interface Start {
  readonly cmd: readonly string[];
  readonly because: string;
  /** Where its server listens; absent where that is not known. */
  readonly port?: number;
}

export interface StartInputs {
  /** Names of commands that the project installs, in its own order; empty when it is not installed. */
  readonly scripts: readonly string[];
  /** As written in `[project]`. */
  readonly projectName?: string;
  /** Normalized names of what is installed. */
  readonly packages: ReadonlySet<string>;
  readonly files: readonly AppFile[];
  readonly port: number;
}

interface Application {
  readonly kind: 'asgi' | 'wsgi';
  /** `module:attribute` as servers take it. */
  readonly import: string;
  readonly because: string;
}

interface Framework {
  readonly name: string;
  readonly package: string;
  readonly kind: 'asgi' | 'wsgi';
  readonly constructor: string;
}

const frameworks: readonly Framework[] = [
  { name: 'FastAPI', package: 'fastapi', kind: 'asgi', constructor: 'FastAPI' },
  { name: 'Litestar', package: 'litestar', kind: 'asgi', constructor: 'Litestar' },
  { name: 'Quart', package: 'quart', kind: 'asgi', constructor: 'Quart' },
  { name: 'Starlette', package: 'starlette', kind: 'asgi', constructor: 'Starlette' },
  { name: 'Flask', package: 'flask', kind: 'wsgi', constructor: 'Flask' },
];

type Server = (application: string, port: number) => readonly string[];

/** Production servers in order of preference. A framework's own development server is never one of them. */
const servers: Readonly<Record<'asgi' | 'wsgi', Readonly<Record<string, Server>>>> = {
  asgi: {
    uvicorn: (app, port) => ['uvicorn', app, '--host', '0.0.0.0', '--port', `${port}`],
    hypercorn: (app, port) => ['hypercorn', '--bind', `0.0.0.0:${port}`, app],
    granian: (app, port) => ['granian', '--interface', 'asgi', '--host', '0.0.0.0', '--port', `${port}`, app],
  },
  wsgi: {
    gunicorn: (app, port) => ['gunicorn', '--bind', `0.0.0.0:${port}`, app],
    granian: (app, port) => ['granian', '--interface', 'wsgi', '--host', '0.0.0.0', '--port', `${port}`, app],
    waitress: (app, port) => ['waitress-serve', `--listen=0.0.0.0:${port}`, app],
  },
};

const sourceAtMostBytes = 512 * 1024;
const usualNames = ['main', 'app', 'asgi', 'wsgi', 'api', 'server', 'application', '__init__'];

/** Throws 'start-unknown', which lists what was looked for. */
export function inferStart(inputs: StartInputs): Start {
  const start = fromScripts(inputs) ?? fromFramework(inputs) ?? fromMain(inputs);
  if (start !== undefined) return start;
  throw new PycontainerError('start-unknown', 'No way to start the app was found', {
    hint:
      `Looked for ${inputs.scripts.length > 1 ? `one command in [project.scripts] (there are ${inputs.scripts.join(', ')})` : 'a command in [project.scripts]'}, ` +
      'an application of FastAPI, Litestar, Quart, Starlette, Flask or Django, a package with __main__.py, and main.py or app.py. ' +
      'Say it with `cmd: [...]` in the manifest.',
  });
}

/** Files that decide the start, for keeping the answer: the importable ones that may hold an application. */
export function startSources(files: readonly AppFile[]): readonly AppFile[] {
  return files
    .filter(({ path, type, sizeBytes }) => type === 'file' && path.endsWith('.py') && sizeBytes <= sourceAtMostBytes)
    .filter(({ path }) => depthOf(path) <= 3 && !/(^|\/)(tests?|docs|examples|migrations)\//.test(path))
    .toSorted((a, b) => rankOf(a.path) - rankOf(b.path) || (a.path < b.path ? -1 : 1));
}

function fromScripts({ scripts, projectName }: StartInputs): Start | undefined {
  const named = scripts.find((script) => script === projectName);
  const script = named ?? (scripts.length === 1 ? scripts[0] : undefined);
  return script === undefined ? undefined : { cmd: [script], because: `[project.scripts] has ${script}` };
}

function fromFramework(inputs: StartInputs): Start | undefined {
  const application = findDjango(inputs) ?? findApplication(inputs);
  if (application === undefined) return undefined;
  for (const [name, server] of Object.entries(servers[application.kind])) {
    if (inputs.packages.has(name)) {
      const { port } = inputs;
      return { cmd: server(application.import, port), because: `${application.because}, served by ${name}`, port };
    }
  }
  throw new PycontainerError(
    'start-unknown',
    `${application.because}, but no production server is among its dependencies`,
    {
      hint: `Add ${Object.keys(servers[application.kind]).join(', ')} (one of them) to the dependencies, or say \`cmd: [...]\` in the manifest.`,
    },
  );
}

function findApplication({ packages, files }: StartInputs): Application | undefined {
  const present = frameworks.filter((framework) => packages.has(framework.package));
  if (present.length === 0) return undefined;
  for (const file of startSources(files)) {
    const text = readFileSync(file.source, 'utf8');
    for (const { name, kind, constructor } of present) {
      const attribute = new RegExp(`^(\\w+)[ \\t]*(?::[^=\\n]+)?=[ \\t]*(?:\\w+\\.)?${constructor}\\(`, 'm').exec(
        text,
      )?.[1];
      const factory = new RegExp(
        `^def (create_app|make_app)\\([^)]*\\)(?:[^\\n]*):[\\s\\S]*\\b${constructor}\\(`,
        'm',
      ).exec(text)?.[1];
      const found = attribute ?? (factory === undefined || kind === 'asgi' ? undefined : `${factory}()`);
      if (found !== undefined) {
        return {
          kind,
          import: `${moduleOf(file.path)}:${found}`,
          because: `${file.path} has the ${name} application ${found}`,
        };
      }
    }
  }
  return undefined;
}

function findDjango({ packages, files }: StartInputs): Application | undefined {
  const manage = files.find(({ path, type }) => type === 'file' && /(^|^src\/)manage\.py$/.test(path));
  if (!packages.has('django') || manage === undefined) return undefined;
  const settings = /DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]/.exec(readFileSync(manage.source, 'utf8'))?.[1];
  const site = settings?.split('.')[0];
  if (site === undefined) return undefined;
  const folder = manage.path.slice(0, -'manage.py'.length);
  const has = (name: string): boolean => files.some(({ path }) => path === `${folder}${site}/${name}.py`);
  const served = Object.keys(servers.wsgi).some((name) => packages.has(name));
  const kind = has('wsgi') && (served || !has('asgi')) ? 'wsgi' : 'asgi';
  if (!has(kind)) return undefined;
  return { kind, import: `${site}.${kind}:application`, because: `manage.py names the Django site ${site}` };
}

function fromMain({ files }: StartInputs): Start | undefined {
  const paths = new Set(files.filter(({ type }) => type === 'file').map(({ path }) => path));
  const packages = [...paths].flatMap((path) => /^(?:src\/)?([A-Za-z_]\w*)\/__main__\.py$/.exec(path)?.[1] ?? []);
  const [only] = packages;
  if (packages.length === 1 && only !== undefined) {
    return { cmd: ['python', '-m', only], because: `${only} has a __main__.py` };
  }
  const script = ['__main__.py', 'main.py', 'app.py'].find((name) => paths.has(name));
  return script === undefined ? undefined : { cmd: ['python', script], because: `${script} is there` };
}

function moduleOf(path: string): string {
  const parts = path
    .replace(/^src\//, '')
    .replace(/\.py$/, '')
    .split('/');
  if (parts.at(-1) === '__init__' && parts.length > 1) parts.pop();
  return parts.join('.');
}

function depthOf(path: string): number {
  return path.split('/').length - 1;
}

function rankOf(path: string): number {
  const name = path.slice(path.lastIndexOf('/') + 1, -'.py'.length);
  const usual = usualNames.indexOf(name);
  return depthOf(path.replace(/^src\//, '')) * 100 + (usual === -1 ? usualNames.length : usual);
}
