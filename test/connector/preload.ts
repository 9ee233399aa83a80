const preloaded = (source: string): Record<string, string> => ({
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(source)}`,
});

/** Environment of a process whose wall clock is off by so many milliseconds; its monotonic clock is right. */
export const clockOffBy = (offByMs: number): Record<string, string> =>
  preloaded(`
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...parts) {
        if (parts.length > 0) super(...parts);
        else super(Real.now() + ${offByMs});
      }
      static now() {
        return Real.now() + ${offByMs};
      }
    };`);

/**
 * Environment of a process in which the first frame of WhatsApp after a SIGUSR2 meets an error that nobody catches.
 * WebSockets emit frames as `message` with whether they are binary.
 */
export const stumbling = (): Record<string, string> =>
  preloaded(`
    import { EventEmitter } from 'node:events';
    let stumbles = false;
    process.on('SIGUSR2', () => (stumbles = true));
    const { emit } = EventEmitter.prototype;
    EventEmitter.prototype.emit = function (name, frame, isBinary) {
      if (stumbles && name === 'message' && Buffer.isBuffer(frame) && frame.length > 50 && isBinary === true) {
        stumbles = false;
        throw new Error('A planted error.');
      }
      return emit.call(this, ...arguments);
    };`);

/**
 * Environment of a process that exits when it reads a message with this text, as a bug in the mapping of rows would have it
 * that no handler can catch.
 */
export const exitingOn = (text: string): Record<string, string> =>
  preloaded(`
    import { registerHooks } from 'node:module';
    registerHooks({
      load(url, context, nextLoad) {
        const loaded = nextLoad(url, context);
        if (!url.endsWith('/map-inbound/unwrap.ts')) return loaded;
        const planted = "if (Buffer.from(content).includes(" + ${JSON.stringify(JSON.stringify(text))} + ")) process.exit(137);";
        const source = String(loaded.source).replace('const outer = ', planted + ' const outer = ');
        return { ...loaded, source };
      },
    });`);
