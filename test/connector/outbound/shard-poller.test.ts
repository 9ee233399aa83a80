import type { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { IDLE_SHARD_GLANCE_MS } from '#core/domain/pace.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import { Hand } from '../../../connector/outbound/hand.ts';
import { ShardPoller } from '../../../connector/outbound/shard-poller.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const logger = makeLogger({ level: 'silent', version: '0' });
const TWO_MINUTES_MS = 120_000;

let clock: VirtualClock;
let poller: ShardPoller;
let polls: { readonly atMs: number; readonly waitS: number | undefined }[];
let messages: string[];
let accepted: string[];
let inUse: boolean;

beforeEach(() => {
  clock = new VirtualClock(0);
  polls = [];
  messages = [];
  accepted = [];
  inUse = false;
});

/** A queue that is empty but for `messages`. */
function start(): void {
  const polling = {
    async send({ input }: ReceiveMessageCommand) {
      polls.push({ atMs: clock.monotonic(), waitS: input.WaitTimeSeconds });
      if (messages.length > 0) return { Messages: messages.splice(0).map((Body) => ({ Body, ReceiptHandle: Body })) };
      await new Promise<void>((resolve) => void clock.after((input.WaitTimeSeconds ?? 0) * 1000, resolve));
      return {};
    },
  } as unknown as SQSClient;
  const sqs = { send: async () => ({}) } as unknown as SQSClient;
  const hand = new Hand({ sqs, clock, logger });
  const accept = ({ body }: { readonly body: string }): void => void accepted.push(body);
  poller = new ShardPoller({
    queueUrl: 'q',
    polling,
    sqs,
    hand,
    clock,
    logger,
    accept,
    inUse: () => inUse,
    newId: () => '1',
  });
}

describe('ShardPoller', () => {
  it('polls a shard that has sessions without a pause', async () => {
    inUse = true;
    start();
    await clock.advance(600_000);
    expect(polls.length).toBeGreaterThanOrEqual(30);
    expect(new Set(polls.map(({ waitS }) => waitS))).toEqual(new Set([20]));
  });

  it('polls a shard without sessions for two minutes, then looks in now and then', async () => {
    start();
    await clock.advance(TWO_MINUTES_MS + IDLE_SHARD_GLANCE_MS * 4 + 30_000);
    const glances = polls.filter(({ atMs }) => atMs > TWO_MINUTES_MS);
    expect(glances.map(({ waitS }) => waitS)).toEqual([1, 1, 1, 1]);
  });

  it('polls again at once when it is woken, and for two minutes after what it found', async () => {
    start();
    await clock.advance(TWO_MINUTES_MS + 60_000);
    messages = ['start'];
    poller.wake();
    await clock.advance(100);
    expect(accepted).toEqual(['start']);
    const before = polls.length;
    await clock.advance(TWO_MINUTES_MS - 1000);
    expect(polls.length).toBeGreaterThan(before + 4);
  });

  it('finds at its next glance what nobody woke it for', async () => {
    start();
    await clock.advance(TWO_MINUTES_MS + 60_000);
    messages = ['forgotten'];
    await clock.advance(IDLE_SHARD_GLANCE_MS);
    expect(accepted).toEqual(['forgotten']);
  });

  it('stops at once while it rests', async () => {
    start();
    await clock.advance(TWO_MINUTES_MS + 60_000);
    let stopped = false;
    void poller.stop().then(() => (stopped = true));
    await clock.advance(1);
    expect(stopped).toBe(true);
  });
});
