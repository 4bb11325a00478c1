import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PycontainerError, systemCode } from '../errors.ts';
import { type EngineAddress, type EngineTls, parseAddress } from './address.ts';
import { readContext, readCurrentContext } from './context.ts';

/** Where engines are looked for. */
export interface EnginePlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Default: the process's. */
  readonly platform?: NodeJS.Platform;
  /** Default: the process's. */
  readonly uid?: number | undefined;
}

export interface EnginePlace {
  readonly address: EngineAddress;
  /** What names it (`DOCKER_HOST`, `the context 'remote'`); absent for the usual places. */
  readonly from?: string;
}

/**
 * Where to ask, in order. What the user names stands alone: PYCONTAINER_ENGINE, DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST, the current
 * context; else the sockets that Docker and Podman usually have.
 * @throws PycontainerError 'engine-address' when what is named cannot be understood
 */
export async function enginePlaces(places: EnginePlaces): Promise<readonly EnginePlace[]> {
  const named = await namedPlace(places);
  if (named !== undefined) return [named];
  return usualSockets(places).map((path) => ({ address: { kind: 'unix', path } }));
}

async function namedPlace({ env, home }: EnginePlaces): Promise<EnginePlace | undefined> {
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker');
  const own = env['PYCONTAINER_ENGINE'];
  if (own) return { address: parseAddress(own, 'PYCONTAINER_ENGINE'), from: 'PYCONTAINER_ENGINE' };
  const host = env['DOCKER_HOST'];
  if (host) return { address: parseAddress(host, 'DOCKER_HOST', await tlsOf(env, folder)), from: 'DOCKER_HOST' };
  const context = env['DOCKER_CONTEXT'];
  if (context) return contextPlace(context, folder, 'DOCKER_CONTEXT');
  const podman = env['CONTAINER_HOST'];
  if (podman) return { address: parseAddress(podman, 'CONTAINER_HOST'), from: 'CONTAINER_HOST' };
  const current = await readCurrentContext(folder);
  return current === undefined ? undefined : contextPlace(current, folder, join(folder, 'config.json'));
}

/** The context `default` is no place of its own: it stands for the usual ones. */
async function contextPlace(name: string, folder: string, namedBy: string): Promise<EnginePlace | undefined> {
  if (name === 'default') return undefined;
  const { host, tls } = await readContext(folder, name, namedBy);
  const from = `the context '${name}' (${namedBy})`;
  return { address: parseAddress(host, from, tls), from };
}

/** As Docker's own library reads it: either variable asks for TLS, and only DOCKER_TLS_VERIFY for proof. */
async function tlsOf(env: EnginePlaces['env'], folder: string): Promise<EngineTls | undefined> {
  const certPath = env['DOCKER_CERT_PATH'];
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  if (!certPath && !verify) return undefined;
  const read = (name: string): Promise<string | undefined> => readPem(join(certPath || folder, name));
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(read));
  return {
    verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function readPem(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new PycontainerError('engine-address', `${file} cannot be read`, {
      hint: 'It is named by DOCKER_CERT_PATH.',
      cause: error,
    });
  }
}

function usualSockets({ env, home, platform = process.platform, uid = process.getuid?.() }: EnginePlaces): string[] {
  const runtime =
    env['XDG_RUNTIME_DIR'] || (uid === undefined || platform !== 'linux' ? undefined : `/run/user/${uid}`);
  const inRuntime = (name: string): string[] => (runtime === undefined ? [] : [join(runtime, name)]);
  const podmanMachine = join(home, '.local', 'share', 'containers', 'podman', 'machine', 'podman.sock');
  const temporary = env['TMPDIR'];
  const ofMac = [...(temporary ? [join(temporary, 'podman', 'podman-machine-default-api.sock')] : []), podmanMachine];
  return [
    '/var/run/docker.sock',
    ...inRuntime('docker.sock'),
    join(home, '.docker', 'run', 'docker.sock'),
    ...inRuntime(join('podman', 'podman.sock')),
    '/run/podman/podman.sock',
    ...(platform === 'darwin' ? ofMac : []),
  ];
}
