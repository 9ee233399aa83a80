import { describe, expect, it } from 'vitest';
import { WallClockTraces } from './wall-clock-traces.ts';

const VIRTUAL_MS = Date.parse('2031-03-01T19:59:30Z');

/** What a part says that reads this machine's clock, in each way that a time is written. */
const WAYS: readonly ((atMs: number) => unknown)[] = [
  (atMs) => new Date(atMs).toISOString(),
  (atMs) => `"StateChangeTime":"${new Date(atMs).toISOString().replace('Z', '+0000')}"`,
  (atMs) => ({ date: new Date(atMs).toUTCString() }),
  (atMs) => ({ 'x-amz-date': new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, '') }),
  (atMs) => ({ _aws: { Timestamp: Math.floor(atMs) } }),
  (atMs) => ({ CreationDateTime: atMs / 1000 }),
  (atMs) => ({ 'webhook-timestamp': String(Math.floor(atMs / 1000)) }),
];

describe('wall clock traces', () => {
  it.each(WAYS)('finds the time of this machine and not the virtual one: %s', (write) => {
    const traces = new WallClockTraces(VIRTUAL_MS);
    traces.note('right', write(VIRTUAL_MS + 1000));
    expect([traces.findings, traces.sources]).toEqual([[], ['right']]);
    traces.note('wrong', write(Date.now()));
    traces.stop();
    expect(traces.findings).toEqual([expect.stringMatching(/^wrong: /)]);
    expect(traces.sources).toEqual(['right']);
  });

  it('takes no digits of names and hashes for a time', () => {
    const traces = new WallClockTraces(VIRTUAL_MS);
    traces.note('hash', `a${Date.now()}b e2-${Math.floor(Date.now() / 1000)}-ff`);
    traces.stop();
    expect(traces.findings).toEqual([]);
  });
});
