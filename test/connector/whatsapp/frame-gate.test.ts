import { beforeEach, describe, expect, it } from 'vitest';
import { SelfFence } from '../../../connector/task/self-fence.ts';
import { gateFrames } from '../../../connector/whatsapp/frame-gate.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

let clock: VirtualClock;
let fence: SelfFence;
let sent: unknown[];
let line: { send(...frame: unknown[]): void };

beforeEach(() => {
  clock = new VirtualClock(0);
  fence = new SelfFence({ clock, onLost: () => undefined });
  fence.acknowledged(0);
  sent = [];
  line = { send: (frame) => void sent.push(frame) };
  gateFrames(line, fence);
});

describe('gateFrames', () => {
  it('passes frames on at once while the task may act', () => {
    line.send('a');
    expect(sent).toEqual(['a']);
  });

  it('holds every frame of a silent task and sends them in order when it goes on', async () => {
    await clock.advance(7000);
    line.send('a');
    line.send('b');
    await clock.advance(20_000);
    expect(sent).toEqual([]);
    fence.acknowledged(clock.monotonic());
    line.send('c');
    await clock.advance(0);
    line.send('d');
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
  });

  it('sends nothing any more when another task has taken over', async () => {
    await clock.advance(7000);
    line.send('a');
    fence.lose();
    fence.acknowledged(clock.monotonic());
    line.send('b');
    await clock.advance(1000);
    expect(sent).toEqual([]);
  });

  it('holds what comes after a second silence too', async () => {
    await clock.advance(7000);
    line.send('a');
    fence.acknowledged(clock.monotonic());
    await clock.advance(7000);
    line.send('b');
    expect(sent).toEqual(['a']);
    fence.acknowledged(clock.monotonic());
    await clock.advance(0);
    expect(sent).toEqual(['a', 'b']);
  });
});
