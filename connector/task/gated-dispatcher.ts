import type { Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { Silence } from './self-fence.ts';

/** Limits of the requests of one client. */
export interface RequestLimits {
  /** Until the line stands, milliseconds. */
  readonly connectionTimeout: number;
  /** From the request until the first byte of its answer, and between two pieces of that, milliseconds. */
  readonly requestTimeout: number;
}

/**
 * An idle socket is kept for so long, milliseconds: a heartbeat comes every 2 s, and what WhatsApp brings comes in bursts, so few
 * pay for a new TLS handshake. AWS's own endpoints keep theirs for longer.
 */
const KEPT_IDLE_MS = 20_000;

/** The request did not leave. */
class SilentError extends Error {
  override readonly name = 'SilentError';

  constructor() {
    super('The task has fallen silent.');
  }
}

/** Sockets for AWS requests, as many as one client may have at a time. */
export const dispatcherOf = (limits: RequestLimits, sockets: number): Agent =>
  makeAgent(limits, sockets, connectorOf(limits));

/** Sockets for AWS requests of a task that may act; they break off when it has fallen silent, also with a request begun. */
export function gatedDispatcher(silence: Silence, limits: RequestLimits, sockets: number): Agent {
  const connect = connectorOf(limits);
  return makeAgent(limits, sockets, (options, connected) =>
    connect(options, (...outcome) => {
      const [error, socket] = outcome;
      if (error) connected(error, null);
      else connected(null, gated(socket, silence));
    }),
  );
}

const connectorOf = ({ connectionTimeout }: RequestLimits): buildConnector.connector =>
  buildConnector({ timeout: connectionTimeout });

const makeAgent = ({ requestTimeout }: RequestLimits, connections: number, connect: buildConnector.connector): Agent =>
  new Agent({
    connections,
    connect,
    headersTimeout: requestTimeout,
    bodyTimeout: requestTimeout,
    keepAliveTimeout: KEPT_IDLE_MS,
  });

/** Nothing is written before the line stands, so what was begun until then meets the gate too. */
function gated<S extends Socket>(socket: S, silence: Silence): S {
  const write = socket.write.bind(socket) as (...chunk: unknown[]) => boolean;
  socket.write = (...chunk: unknown[]): boolean => {
    if (!silence.silent) return write(...chunk);
    socket.destroy(new SilentError());
    return false;
  };
  return socket;
}
