import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDeliveryId, parseDeliveryId } from '#core/domain/delivery-id.ts';
import { formatHistoryId, historyHashOf, parseHistoryId } from '#core/domain/history-id.ts';
import { EndpointIdSchema, EventIdSchema } from '#core/domain/ids.ts';
import { WamidSchema } from '#core/domain/wamid.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: length, maxLength: length });
const parts = fc.record({
  endpointId: hex(24).map((digits) => EndpointIdSchema.parse(`wh_${digits}`)),
  eventId: hex(32).map((digits) => EventIdSchema.parse(digits)),
  occurredAtMs: fc.integer({ min: 0, max: 2 ** 47 }),
});

describe('delivery ids', () => {
  it('say what they were made of', () => {
    fc.assert(
      fc.property(parts, (one) => {
        expect(parseDeliveryId(formatDeliveryId(one))).toEqual(one);
      }),
    );
  });

  it('are nothing else', () => {
    for (const id of ['', 'dl_', 'wh_0123', `dl_${'A'.repeat(45)}`, `dl_${'A'.repeat(47)}`, `dl_${'+'.repeat(46)}`]) {
      expect(parseDeliveryId(id)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => void parseDeliveryId(text)));
  });
});

describe('message history ids', () => {
  const wamid = fc.base64String({ minLength: 4, maxLength: 80 }).map((text) => WamidSchema.parse(`wamid.${text}`));
  const time = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2200) });

  it('are digits of a length of their own, and say hash and day', () => {
    fc.assert(
      fc.property(wamid, time, (one, atMs) => {
        const id = formatHistoryId(one, atMs);
        expect(id).toMatch(/^\d{45}$/);
        expect(parseHistoryId(id)).toEqual({ hash: historyHashOf(one), dayMs: atMs - (atMs % 86_400_000) });
      }),
    );
  });

  it('are no account, session or anything else', () => {
    for (const id of [
      '100200300',
      '123456789012345678',
      `5${'0'.repeat(44)}`,
      `4${'0'.repeat(43)}`,
      `4${'0'.repeat(45)}`,
    ])
      expect(parseHistoryId(id)).toBeUndefined();
  });
});
