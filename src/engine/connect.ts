import * as z from 'zod';
import { PycontainerError, systemCode } from '../errors.ts';
import { hostPlatform, normalizePlatform, type Platform } from '../oci/platform.ts';
import { formatAddress } from './address.ts';
import type { Engine, EngineAbsence } from './engine.ts';
import { type EnginePlace, enginePlaces, type EnginePlaces } from './places.ts';
import { listens, Transport } from './transport.ts';

/** The version of the API that is spoken where the engine takes it; every engine since 2020 does. */
const spokenApi = '1.41';
const oldestApi = '1.25';

/** How long an engine may take to say that it is there. */
const answerTimeoutMs = 5_000;

/**
 * Finds the engine that the user means, else one at the usual places, and agrees on a version of its API. Where no
 * engine listens this takes about a millisecond. Throws nothing: an address that cannot be used is an absence too.
 */
export async function connectEngine(places: EnginePlaces): Promise<Engine | EngineAbsence> {
  if (places.env['PYCONTAINER_ENGINE'] === 'none') {
    return absence('PYCONTAINER_ENGINE says that there is no engine', 'Leave it unset.', false);
  }
  let candidates: readonly EnginePlace[];
  try {
    candidates = await enginePlaces(places);
  } catch (error) {
    if (!(error instanceof PycontainerError)) throw error;
    return { ...absence(error.message, error.hint), code: 'engine-address' };
  }
  let first: EngineAbsence | undefined;
  for (const place of candidates) {
    const found = await ask(place);
    if (found === undefined) continue;
    if ('request' in found) return found;
    first ??= found;
  }
  return first ?? absence('No container engine runs here', usualHint, false);
}

const usualHint =
  'Start Docker, or Podman with `systemctl --user start podman.socket`, or say where an engine is with DOCKER_HOST.';

/** Undefined: nobody is there, and nobody said that there would be. */
async function ask(place: EnginePlace): Promise<Engine | EngineAbsence | undefined> {
  const { address, from } = place;
  const refused = await listens(address, answerTimeoutMs);
  if (refused !== undefined) return absent(place, refused);
  const transport = new Transport(address);
  try {
    return await introduce(transport, formatAddress(address), address.kind === 'unix');
  } catch (error) {
    await transport.close();
    if (!(error instanceof PycontainerError)) throw error;
    const by = from === undefined ? '' : ` (${from} leads there)`;
    return absence(`${error.message}${by}`, error.hint ?? 'See that an engine listens there.');
  }
}

function absence(why: string, hint: string = usualHint, isExpected = true): EngineAbsence {
  return { code: 'engine-absent', why, hint, isExpected };
}

function absent({ address, from }: EnginePlace, error: Error): EngineAbsence | undefined {
  const place = formatAddress(address);
  const code = systemCode(error) ?? '';
  if (code === 'EACCES' || code === 'EPERM') {
    return absence(
      `This user may not speak to the engine at ${place}`,
      'Join the group that the socket belongs to (often `docker`), or run an engine of your own.',
    );
  }
  const isNotThere = code === 'ENOENT' || code === 'ENOTDIR';
  const why = isNotThere ? 'there is no such socket' : (whyNot[code] ?? error.message);
  if (from !== undefined) {
    return absence(`No engine answers at ${place}, which ${from} names: ${why}`, 'Start it, or name another one.');
  }
  return isNotThere ? undefined : absence(`No engine answers at ${place}: ${why}`);
}

const whyNot: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ETIMEDOUT: 'it did not answer in time',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name server does not answer',
  ENOTSOCK: 'it is not a socket',
};

const versionAnswer = z.object({
  Version: z.string().default(''),
  ApiVersion: z.string().regex(/^[0-9]+\.[0-9]+$/),
  MinAPIVersion: z
    .string()
    .regex(/^[0-9]+\.[0-9]+$/)
    .optional()
    .catch(undefined),
  Os: z.string().default('linux'),
  Arch: z.string().default(''),
  Components: z
    .array(z.object({ Name: z.string().default('') }))
    .nullish()
    .catch(undefined),
});

type Version = z.infer<typeof versionAnswer>;

async function introduce(transport: Transport, address: string, isLocal: boolean): Promise<Engine> {
  const answer = await transport.request('The engine', 'GET', '/version', { timeoutMs: answerTimeoutMs });
  const parsed = versionAnswer.safeParse(await answer.json());
  if (!parsed.success) {
    throw new PycontainerError('engine-answer', `What listens at ${address} is no container engine`, {
      hint: 'See that DOCKER_HOST leads to the API of Docker or Podman.',
    });
  }
  const version = parsed.data;
  const kind = (version.Components ?? []).some(({ Name }) => Name === 'Podman Engine') ? 'podman' : 'docker';
  const name = `${kind === 'podman' ? 'Podman' : 'Docker'} ${version.Version}`.trim();
  const api = agreedApi(version, name);
  return {
    kind,
    name,
    version: version.Version,
    address,
    isLocal,
    platform: platformOf(version),
    request: (method, path, options) =>
      transport.request(name, method, `/v${path.startsWith('/libpod/') ? version.Version : api}${path}`, options),
    upgrade: (path, query) => transport.upgrade(name, `/v${api}${path}`, query),
    close: () => transport.close(),
  };
}

/** @throws PycontainerError 'engine-answer' when the engine is older than any that is known here */
function agreedApi({ ApiVersion, MinAPIVersion }: Version, name: string): string {
  if (isBelow(ApiVersion, oldestApi)) {
    throw new PycontainerError('engine-answer', `${name} is too old: it speaks version ${ApiVersion} of the API`, {
      hint: `Version ${oldestApi} is needed at least.`,
    });
  }
  if (isBelow(ApiVersion, spokenApi)) return ApiVersion;
  return MinAPIVersion !== undefined && isBelow(spokenApi, MinAPIVersion) ? MinAPIVersion : spokenApi;
}

function isBelow(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function platformOf({ Os, Arch }: Version): Platform {
  return Arch === '' ? hostPlatform() : normalizePlatform({ os: Os, architecture: Arch });
}
