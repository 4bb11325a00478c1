import type { Duplex, Readable } from 'node:stream';
import type { Platform } from '../oci/platform.ts';

/** Docker or Podman behind its API. @see https://docs.docker.com/reference/api/engine/ */
export interface Engine {
  /** Whose API it is in truth: Podman answers to Docker's as well. */
  readonly kind: 'docker' | 'podman';
  /** For people: `Docker 28.2.2`. */
  readonly name: string;
  readonly version: string;
  /** Where it was found, as DOCKER_HOST would have it. */
  readonly address: string;
  /** Behind a socket of this machine. It may still live in a virtual machine. */
  readonly isLocal: boolean;
  /** What its containers run on. */
  readonly platform: Platform;
  /**
   * Answers as soon as headers are there. The version goes before the path, also before those below `/libpod/`, which
   * only Podman has.
   * @param path from the root: `/containers/json`
   * @throws PycontainerError what the engine refuses ('engine-not-found', 'engine-conflict', 'engine-denied',
   *   'engine-answer', with its own words), 'engine-unreachable', or 'interrupted' when the signal fired
   */
  request(method: string, path: string, options?: EngineRequest): Promise<EngineResponse>;
  /** Asks for a stream both ways in place of an answer. Throws 'engine-unreachable', also when it is refused. */
  upgrade(path: string, query: EngineRequest['query']): Promise<Duplex>;
  /** Ends every connection, streams that are read among them. Idempotent. */
  close(): Promise<void>;
}

export interface EngineRequest {
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as the body. */
  readonly json?: unknown;
  readonly body?: Readable | Uint8Array | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the answer's headers may take after the last byte sent. Default a minute; 0: for ever. */
  readonly timeoutMs?: number | undefined;
  /** Statuses from 400 that are answers, not errors. */
  readonly accept?: readonly number[] | undefined;
}

export interface EngineResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end or destroyed. A stream that stands still is no error. */
  readonly body: Readable;
  /** The whole body as UTF-8, 16 MiB at most. */
  text(): Promise<string>;
  /** The whole body, to be looked at by a parser. @throws PycontainerError 'engine-answer' when it is not JSON */
  json(): Promise<unknown>;
}

/** Why there is no engine to speak to. */
export interface EngineAbsence {
  readonly code: 'engine-absent' | 'engine-address';
  /** A sentence without its full stop. */
  readonly why: string;
  /** What to do. */
  readonly hint: string;
  /** Something says that there should be one: a variable, a context, a socket. */
  readonly isExpected: boolean;
}

export function isEngine(found: Engine | EngineAbsence): found is Engine {
  return 'request' in found;
}
