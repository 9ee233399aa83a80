import { describe, expect, it } from 'vitest';
import { EventSchema } from '#core/contracts/event.ts';
import { DeliveryRowSchema } from '#core/contracts/rows/delivery-row.ts';
import { type Journey, renderJourney, type TimedLine } from '../../../bin/operator/journey.ts';

const START_MS = Date.parse('2026-11-20T10:00:00.100Z');
const WAMID = 'wamid.QUJD';
const UID = '0123456789abcdef01234567';
const SENT = 'a'.repeat(32);
const ENDPOINT = `wh_${'1'.repeat(24)}`;

const line = (afterMs: number, part: string, text: string, fields: object = {}): TimedLine => ({
  atMs: START_MS + afterMs,
  part,
  level: 'info',
  text,
  fields: { accountId: '123456789012345678', sessionUid: UID, messageId: WAMID, ...fields },
});

const event = EventSchema.parse({
  version: 1,
  type: 'status',
  eventId: SENT,
  accountId: '123456789012345678',
  sessionId: '100200300',
  sessionUid: UID,
  displayPhoneNumber: '',
  occurredAtMs: START_MS + 400,
  wamid: WAMID,
  status: 'sent',
  recipientId: '5511987654321',
  recipientType: 'individual',
});
const row = DeliveryRowSchema.parse({
  endpointDay: `${ENDPOINT}#2026-11-20`,
  occurred: `00${START_MS + 400}#${SENT}`,
  endpointId: ENDPOINT,
  eventId: SENT,
  status: 'delivered',
  attempts: 2,
  updatedAtMs: START_MS,
  expiresAt: 0,
  history: [
    { atMs: START_MS + 500, durationMs: 15_000, error: 'timeout: no answer within 15 s' },
    { atMs: START_MS + 65_500, durationMs: 12, httpStatus: 200 },
  ],
});

const JOURNEY: Journey = {
  id: WAMID,
  accountId: '123456789012345678',
  sessionId: '100200300',
  direction: 'out',
  lines: [
    line(0, 'ApiGraph', 'request answered', { status: 200, durationMs: 12, route: '$default' }),
    line(20, 'connector', 'command received', { command: 'message.send', traceId: 'x' }),
    line(400, 'connector', 'message concluded', { status: 'sent', eventId: SENT, code: undefined }),
    line(61_500, 'Deliver', 'something new', { reason: 'why' }),
  ],
  deliveries: [{ row, event, url: 'https://example.com/' }],
};

describe('journey', () => {
  it('shows each step with its time, then each event with all attempts', () => {
    expect(renderJourney(JOURNEY)).toBe(
      [
        `Message ${WAMID}`,
        'sent by us · session 100200300 · account 123456789012345678',
        '',
        '2026-11-20 10:00:00.100                ApiGraph   accepted, the client has its answer  status=200 durationMs=12',
        '2026-11-20 10:00:00.120        +20 ms  connector  taken by the connector',
        `2026-11-20 10:00:00.500       +400 ms  connector  sent, WhatsApp has acknowledged it  status=sent eventId=${SENT}`,
        '2026-11-20 10:01:01.600    +1 min 1 s  Deliver    something new  reason=why',
        '',
        `sent  ${SENT}  2026-11-20 10:00:00.500`,
        `  → ${ENDPOINT}  https://example.com/  delivered, 2 attempts`,
        '      2026-11-20 10:00:00.600  no answer in 15.0 s  timeout: no answer within 15 s',
        '      2026-11-20 10:01:05.600  200 in 12 ms',
      ].join('\n'),
    );
  });

  it('groups the endpoints of an event, and says why and when next', () => {
    const other = `wh_${'2'.repeat(24)}`;
    const retrying = {
      ...row,
      endpointId: other as typeof row.endpointId,
      status: 'retrying' as const,
      attempts: 1,
      error: 'answered 500',
      nextAttemptAtMs: START_MS + 5400,
      history: [],
    };
    const text = renderJourney({
      ...JOURNEY,
      lines: [],
      deliveries: [...JOURNEY.deliveries, { row: retrying, event: undefined, url: undefined }],
    });
    expect(text.match(new RegExp(SENT, 'g'))).toHaveLength(1);
    expect(text).toContain(`→ ${other}  (deleted)  retrying, 1 attempt, answered 500, next 2026-11-20 10:00:05.500`);
  });

  it('knows an event from a message, and says no more than it knows', () => {
    const text = renderJourney({
      id: SENT,
      accountId: undefined,
      sessionId: undefined,
      direction: undefined,
      lines: [line(0, 'Deliver', 'webhook attempted', { outcome: 'failed', httpStatus: 500 })],
      deliveries: [],
    });
    expect(text.split('\n')).toEqual([
      `Event ${SENT}`,
      '',
      '2026-11-20 10:00:00.100                Deliver  webhook attempted: failed  httpStatus=500',
    ]);
  });
});
