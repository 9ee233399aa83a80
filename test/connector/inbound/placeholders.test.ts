import { beforeEach, describe, expect, it } from 'vitest';
import { arrival, arrive, InboxBed, replayOf } from './inbox-bed.ts';

let bed: InboxBed;

beforeEach(() => {
  bed = new InboxBed();
});

describe('a message that can’t be decrypted', () => {
  it('tells 131060 a minute after a message that nobody could decrypt, and its content if that comes later', async () => {
    const inbox = bed.restart();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    await bed.clock.advance(59_000);
    expect(bed.bodies()).toEqual([]);
    await bed.clock.advance(2000);
    expect(bed.bodies()).toEqual([131060]);
    await arrive(inbox, arrival('A'));
    expect(bed.bodies()).toEqual([131060, 'text A']);
    expect(bed.published[0]?.eventId).not.toBe(bed.published[1]?.eventId);
    expect(bed.published[0]?.wamid).toBe(bed.published[1]?.wamid);
  });

  it('tells only the content when the author’s device sends again in time', async () => {
    const inbox = bed.restart();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    await arrive(inbox, arrival('A'));
    await bed.clock.advance(61_000);
    expect(bed.bodies()).toEqual(['text A']);
  });

  it('keeps first time and number of a message whose content came later', async () => {
    const inbox = bed.restart();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    await arrive(inbox, arrival('B'));
    await arrive(inbox, arrival('A', { sentAtMs: 70_000 }));
    expect(bed.published.map(({ occurredAtMs, sequence }) => [occurredAtMs, sequence])).toEqual([
      [1000, 2],
      [1000, 1],
    ]);
    const replays = bed.restart();
    await replays.replay(replayOf(0, 9000), new AbortController().signal);
    expect(bed.replayed.map(({ event }) => event)).toEqual([bed.published[1], bed.published[0]]);
  });

  it('tells the placeholder after a restart, and the content that comes after that', async () => {
    await bed.restart().undecryptable(arrival('A', { content: new Uint8Array() }));
    const next = bed.restart();
    await next.publishLeftBehind();
    await bed.clock.advance(61_000);
    expect(bed.bodies()).toEqual([131060]);
    const third = bed.restart();
    await third.publishLeftBehind();
    await arrive(third, arrival('A'));
    expect(bed.bodies()).toEqual([131060, 'text A']);
    expect(bed.memory.pending.size).toBe(0);
  });

  it('tells only the content when it comes before the placeholder, also over a restart', async () => {
    await bed.restart().undecryptable(arrival('A', { content: new Uint8Array() }));
    const next = bed.restart();
    await next.publishLeftBehind();
    await arrive(next, arrival('A'));
    const third = bed.restart();
    await third.publishLeftBehind();
    await bed.clock.advance(120_000);
    expect(bed.bodies()).toEqual(['text A']);
    expect(bed.memory.pending.size).toBe(0);
  });

  it('makes up for the mark of a placeholder when the process ended before it was made', async () => {
    const row = arrival('A', { content: new Uint8Array() });
    await bed.restart().undecryptable(row);
    bed.memory.pending.clear();
    const next = bed.restart();
    await next.publishLeftBehind();
    await next.undecryptable(row);
    await next.undecryptable(row);
    expect(bed.memory.pending.size).toBe(1);
    await bed.clock.advance(61_000);
    expect(bed.bodies()).toEqual([131060]);
  });

  it('does not lose the mark of a content that waits for a slow queue when its placeholder goes', async () => {
    const inbox = bed.restart();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    bed.outage = Promise.withResolvers();
    await bed.clock.advance(59_900);
    const receipt = arrive(inbox, arrival('A'));
    await bed.clock.advance(300);
    await receipt;
    // The receipt is gone, the placeholder’s time is over, the process is killed.
    bed.outage = undefined;
    const next = bed.restart();
    await next.publishLeftBehind();
    await next.settled();
    expect(bed.bodies()).toEqual(['text A']);
  });

  it('does not take the mark of the content away when the placeholder is queued at last', async () => {
    const inbox = bed.restart();
    await inbox.undecryptable(arrival('A', { content: new Uint8Array() }));
    const slow = Promise.withResolvers<void>();
    bed.outage = slow;
    await bed.clock.advance(60_000);
    const receipt = arrive(inbox, arrival('A'));
    await bed.clock.advance(300);
    await receipt;
    bed.outage = Promise.withResolvers();
    slow.resolve();
    await bed.clock.advance(0);
    expect(bed.bodies()).toEqual([131060]);
    // The content has had its receipt and is not queued; the process is killed.
    bed.outage = undefined;
    const next = bed.restart();
    await next.publishLeftBehind();
    await next.settled();
    expect(bed.bodies()).toEqual([131060, 'text A']);
  });
});
