import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Silence } from './self-fence.ts';

type Connected = (error: Error | null, stream: Duplex) => void;

/** The request did not leave. */
class SilentError extends Error {
  override readonly name = 'SilentError';

  constructor() {
    super('The task has fallen silent.');
  }
}

/** Sockets for AWS requests of a task that may act; they break off when it has fallen silent, also with a request begun. */
export class GatedHttpAgent extends HttpAgent {
  readonly #silence: Silence;

  constructor(silence: Silence, maxSockets: number) {
    super({ keepAlive: true, maxSockets });
    this.#silence = silence;
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
    return gated(super.createConnection(options, connected), this.#silence);
  }
}

/** As GatedHttpAgent, over TLS. */
export class GatedHttpsAgent extends HttpsAgent {
  readonly #silence: Silence;

  constructor(silence: Silence, maxSockets: number) {
    super({ keepAlive: true, maxSockets });
    this.#silence = silence;
  }

  override createConnection(options: RequestOptions, connected?: Connected): Duplex | null | undefined {
    return gated(super.createConnection(options, connected), this.#silence);
  }
}

function gated(socket: Duplex | null | undefined, silence: Silence): Duplex | null | undefined {
  if (!socket) return socket;
  const end = (): void => void socket.destroy(new SilentError());
  const write = socket.write.bind(socket) as (...chunk: unknown[]) => boolean;
  socket.write = (...chunk: unknown[]): boolean => {
    if (!silence.silent) return write(...chunk);
    end();
    return false;
  };
  // What was written before the line stood leaves when it does.
  for (const event of ['connect', 'secureConnect']) {
    socket.prependListener(event, () => {
      if (silence.silent) end();
    });
  }
  return socket;
}
