import type { Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { Silence } from './self-fence.ts';

export interface GatedDispatcherOptions {
  /** From the request until the first byte of its answer, and between two pieces of that, milliseconds; undici's clock ticks twice a second. */
  readonly requestTimeoutMs: number;
  /** How many one client may have at a time. */
  readonly sockets: number;
}

/**
 * Until a line stands, milliseconds, TLS included: after a failover fifty lines at once share a quarter of a core with the logins of
 * twenty numbers.
 */
const CONNECT_MS = 3000;
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

/** Sockets for AWS requests of a task that may act; they break off when it has fallen silent, also with a request begun. */
export function gatedDispatcher(silence: Silence, { requestTimeoutMs, sockets }: GatedDispatcherOptions): Agent {
  const connect = buildConnector({ timeout: CONNECT_MS });
  return new Agent({
    connections: sockets,
    headersTimeout: requestTimeoutMs,
    bodyTimeout: requestTimeoutMs,
    keepAliveTimeout: KEPT_IDLE_MS,
    connect: (options, connected) =>
      connect(options, (...outcome) => {
        const [error, socket] = outcome;
        if (error) connected(error, null);
        else connected(null, gated(socket, silence));
      }),
  });
}

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
