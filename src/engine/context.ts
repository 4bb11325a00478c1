import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PycontainerError, systemCode } from '../errors.ts';
import type { EngineTls } from './address.ts';

const configFile = z.object({ currentContext: z.string().optional() });

const contextFile = z.object({
  Name: z.string(),
  Endpoints: z.object({
    docker: z.object({ Host: z.string().default(''), SkipTLSVerify: z.boolean().default(false) }),
  }),
});

/** What `docker context use` chose; undefined when nothing was. A file that Docker cannot read either chooses nothing. */
export async function readCurrentContext(folder: string): Promise<string | undefined> {
  const text = await textOf(join(folder, 'config.json'));
  if (text === undefined) return undefined;
  return configFile.safeParse(parseJson(text)).data?.currentContext || undefined;
}

/**
 * A context as Docker's client keeps it.
 * @param folder Docker's: `~/.docker`
 * @param namedBy what names the context, for messages
 * @throws PycontainerError 'engine-address' when there is none of this name
 */
export async function readContext(
  folder: string,
  name: string,
  namedBy: string,
): Promise<{ readonly host: string; readonly tls?: EngineTls }> {
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(folder, 'contexts', 'meta', id, 'meta.json');
  const text = await textOf(file);
  if (text === undefined) throw await unknownContext(folder, name, namedBy);
  const context = contextFile.safeParse(parseJson(text)).data;
  if (context === undefined || context.Endpoints.docker.Host === '') {
    throw new PycontainerError('engine-address', `${file} is not a context with an address for Docker`, {
      hint: `Make the context '${name}' again with \`docker context create\`.`,
    });
  }
  const { Host: host, SkipTLSVerify } = context.Endpoints.docker;
  const tls = await readTls(join(folder, 'contexts', 'tls', id, 'docker'), SkipTLSVerify);
  return { host, ...(tls === undefined ? {} : { tls }) };
}

async function readTls(folder: string, skipVerify: boolean): Promise<EngineTls | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => textOf(join(folder, name))),
  );
  if (ca === undefined && cert === undefined && !skipVerify) return undefined;
  return {
    verify: !skipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function unknownContext(folder: string, name: string, namedBy: string): Promise<PycontainerError> {
  const names = await contextNames(folder);
  return new PycontainerError('engine-address', `There is no context '${name}', which ${namedBy} names`, {
    hint:
      names.length === 0
        ? 'No contexts are kept here. Choose the usual engine with `docker context use default`.'
        : `There are ${names.join(', ')}. Choose one with \`docker context use\`.`,
  });
}

async function contextNames(folder: string): Promise<readonly string[]> {
  const meta = join(folder, 'contexts', 'meta');
  const ids = await readdir(meta).catch(() => []);
  const texts = await Promise.all(ids.map((id) => textOf(join(meta, id, 'meta.json')).catch(() => undefined)));
  return texts.flatMap((text) => contextFile.safeParse(parseJson(text ?? '')).data?.Name ?? []).toSorted();
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new PycontainerError('engine-address', `${file} cannot be read`, {
      hint: 'Mend its permissions, or name the engine with DOCKER_HOST.',
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
