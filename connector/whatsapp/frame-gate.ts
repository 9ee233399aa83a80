import type { Silence } from '../task/self-fence.ts';

/** The WebSocket that Baileys writes its encrypted frames to. */
export interface Line {
  send(...frame: unknown[]): void;
}

/**
 * Holds the frames of a silent task back, in order: each is encrypted under the count of those before it, so one that is
 * left out would spoil the line, which is to go on when the silence is lifted (D6).
 */
export function gateFrames(line: Line, silence: Silence): void {
  const send = line.send.bind(line);
  const held: unknown[][] = [];
  const release = async (): Promise<void> => {
    while (held.length > 0) {
      await silence.lifted();
      for (let frame = held.shift(); frame; frame = silence.silent ? undefined : held.shift()) send(...frame);
    }
  };
  line.send = (...frame) => {
    if (held.length === 0 && !silence.silent) {
      send(...frame);
      return;
    }
    held.push(frame);
    if (held.length === 1) void release();
  };
}
