import type { ControlWorld } from './control-world.ts';
import { numberOf } from './control-world.ts';
import type { ControlRequest } from './http.ts';

/** Streams a phone's events as server-sent events until the listener hangs up. The first line says that it listens. */
export function streamEvents(world: ControlWorld, request: ControlRequest): undefined {
  const number = numberOf(world, request);
  const { response } = request;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': listening\n\n');
  const stop = world.events.on(number, (event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
  response.on('close', stop);
}
