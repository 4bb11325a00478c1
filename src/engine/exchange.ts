import { channel, type Channel } from 'node:diagnostics_channel';

/** A question that changes nothing, asked over a socket of this machine, and its whole answer. */
export interface EngineExchange {
  readonly socket: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly text: string;
}

/** Is told of each request before it is sent. What came of it is told, if at all, by {@link engineExchanges}. */
export const engineRequests: Channel = channel('pycontainer:engine:request');

/** Takes {@link EngineExchange}, once the answer was read. */
export const engineExchanges: Channel = channel('pycontainer:engine:exchange');
