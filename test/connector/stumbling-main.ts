import { EventEmitter } from 'node:events';

/**
 * The connector, but the first frame of WhatsApp after a SIGUSR2 meets an error that nobody catches. WebSockets emit frames
 * as `message` with whether they are binary.
 */
const FRAME_BYTES = 50;
type Emit = (this: EventEmitter, name: string | symbol, ...args: unknown[]) => boolean;
let stumbles = false;
process.on('SIGUSR2', () => (stumbles = true));

const emit = Reflect.get(EventEmitter.prototype, 'emit') as Emit;
EventEmitter.prototype.emit = function (this: EventEmitter, name: string | symbol, ...args: unknown[]): boolean {
  const isFrame = name === 'message' && Buffer.isBuffer(args[0]) && args[0].length > FRAME_BYTES && args[1] === true;
  if (stumbles && isFrame) {
    stumbles = false;
    throw new Error('A planted error.');
  }
  return emit.call(this, name, ...args);
};

await import('../../connector/main.ts');
