import { describe, expect, it } from 'vitest';
import { makeOrderProducts } from '../../../connector/inbound/order-products.ts';
import { makeLogger } from '../../../connector/observability/logger.ts';
import type { Session } from '../../../connector/sessions/session.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const order = { orderId: '1', token: 'x' };
const items = [{ product_retailer_id: 'p1', quantity: 2, item_price: 3.5, currency: 'BRL' }];

/** A session that is open from `openMs` on, and answers with `answer`. */
function productsOf(clock: VirtualClock, openMs: number, answer: () => Promise<typeof items>) {
  const session = {
    until: () => new Promise<void>((resolve) => clock.after(openMs, resolve)),
    connection: { account: { orderProducts: answer } },
  } as unknown as Pick<Session, 'connection' | 'until'>;
  return makeOrderProducts({ session: () => session, clock, logger: makeLogger({ level: 'silent', version: '0' }) });
}

describe('the products of an order', () => {
  it('are asked for once the session is open', async () => {
    const clock = new VirtualClock(0);
    const found = productsOf(clock, 2000, async () => items)(order);
    await clock.advance(2000);
    expect(await found).toEqual(items);
  });

  it('are not waited for longer than ten seconds: for the session, or for the answer', async () => {
    for (const [openMs, answer] of [
      [60_000, async () => items],
      [0, () => new Promise<never>(() => undefined)],
    ] as const) {
      const clock = new VirtualClock(0);
      let isOver = false;
      const found = productsOf(
        clock,
        openMs,
        answer,
      )(order).finally(() => {
        isOver = true;
      });
      await clock.advance(9900);
      expect(isOver).toBe(false);
      await clock.advance(200);
      expect(await found).toBeUndefined();
    }
  });

  it('are unknown where WhatsApp refuses to tell, or names none', async () => {
    const clock = new VirtualClock(0);
    const answers = [async () => [], () => Promise.reject(new Error('item-not-found'))];
    for (const answer of answers) {
      const found = productsOf(clock, 0, answer)(order);
      await clock.advance(1);
      expect(await found).toBeUndefined();
    }
  });
});
