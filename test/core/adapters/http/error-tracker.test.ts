import { describe, expect, it } from 'vitest';
import { type ErrorTracker, makeErrorTracker } from '#core/adapters/http/error-tracker.ts';
import { systemClock } from '#core/domain/clock.ts';
import { VirtualClock } from '../../../../local/clock/virtual-clock.ts';
import { startErrorReceiver } from '../../../support/error-receiver.ts';

const random = (size: number): Uint8Array => new Uint8Array(size).fill(7);

const trackerOf = (dsn: URL, options: { clock?: typeof systemClock; privateTargets?: string[] } = {}): ErrorTracker =>
  makeErrorTracker({
    dsn,
    service: 'connector',
    version: '0.1.0',
    privateTargets: ['127.0.0.0/8'],
    clock: systemClock,
    random,
    ...options,
  });

const quoting = (): Error => {
  try {
    JSON.parse('Hello, my number is 5511987654321');
    throw new Error('unreachable');
  } catch (error) {
    return error as Error;
  }
};

describe('error tracker', () => {
  it("posts an event in Sentry's envelope, with the stack's outermost frame first", async () => {
    await using receiver = await startErrorReceiver();
    const tracker = trackerOf(receiver.dsn);
    const error = Object.assign(new TypeError('boom'), { code: 'EBOOM' });
    tracker.report({
      sentence: 'nobody caught an error',
      error,
      fields: { sessionUid: 'a1', accountId: 'b2', to: 'c3' },
    });
    await tracker.settled();
    const [report] = receiver.received;
    expect(report?.path).toBe('/sub/api/42/envelope/');
    expect(report?.headers).toMatchObject({
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': 'Sentry sentry_version=7, sentry_client=pombo/0.1.0, sentry_key=public',
    });
    const [envelope, item, event] = report?.lines ?? [];
    expect(envelope).toMatchObject({ event_id: '07'.repeat(16) });
    expect(item).toEqual({ type: 'event' });
    expect(event).toMatchObject({
      event_id: '07'.repeat(16),
      platform: 'node',
      level: 'error',
      release: 'pombo@0.1.0',
      tags: { service: 'connector', code: 'EBOOM', sessionUid: 'a1', accountId: 'b2' },
      exception: { values: [{ type: 'TypeError', value: 'nobody caught an error' }] },
    });
    const { frames } = (event as { exception: { values: { stacktrace: { frames: { filename: string }[] } }[] } })
      .exception.values[0]!.stacktrace;
    expect(frames.at(-1)?.filename).toContain('error-tracker.test.ts');
  });

  it('sends neither the message of an error nor a field that is no id of ours', async () => {
    await using receiver = await startErrorReceiver();
    const tracker = trackerOf(receiver.dsn);
    tracker.report({ sentence: 'request failed', error: quoting(), fields: { body: 'Hello', phone: '5511987654321' } });
    await tracker.settled();
    expect(receiver.received[0]?.body).toContain('SyntaxError');
    expect(receiver.received[0]?.body).not.toMatch(/Hello|5511987654321/);
  });

  it('sends ten reports a minute of a storm', async () => {
    await using receiver = await startErrorReceiver();
    const clock = new VirtualClock(0);
    const tracker = trackerOf(receiver.dsn, { clock });
    const storm = (): void => {
      for (let i = 0; i < 50; i++) tracker.report({ sentence: 'storm', error: new Error('x'), fields: {} });
    };
    storm();
    await tracker.settled();
    expect(receiver.received).toHaveLength(10);
    await clock.advance(60_000);
    storm();
    await tracker.settled();
    expect(receiver.received).toHaveLength(20);
  });

  it.each([
    ['refuses', (dsn: URL) => new URL(dsn.href.replace(/:\d+/, ':1'))],
    ['is at a private address that the deployment does not name', (dsn: URL) => dsn],
  ])('stays silent when the tracker %s', async (what, of) => {
    await using receiver = await startErrorReceiver(500);
    const privateTargets = what === 'refuses' ? ['127.0.0.0/8'] : [];
    const tracker = trackerOf(of(receiver.dsn), { privateTargets });
    tracker.report({ sentence: 'x', error: new Error('x'), fields: {} });
    await expect(tracker.settled()).resolves.toBeUndefined();
    expect(receiver.received).toEqual([]);
  });
});
