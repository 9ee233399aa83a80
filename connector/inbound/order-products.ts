import type { OrderedItem } from '#core/contracts/inbound/order.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { Session } from '../sessions/session.ts';
import type { OrderReference } from '../whatsapp/whatsapp-port.ts';

/** The order waits for its products no longer, in its own chat; after a restart the session opens within that. Milliseconds. */
const PATIENCE_MS = 10_000;

/** What is in an order; undefined: WhatsApp does not tell it, or not in time. */
export type OrderProducts = (order: OrderReference) => Promise<readonly OrderedItem[] | undefined>;

/** Asks WhatsApp for the products of an order: its message names the total only. Never rejects. */
export function makeOrderProducts(options: {
  readonly session: () => Pick<Session, 'connection' | 'until'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): OrderProducts {
  const { session, clock, logger } = options;
  const ask = async (order: OrderReference, enough: AbortSignal): Promise<readonly OrderedItem[]> => {
    await session().until(({ status, running }) => status === 'open' && running, enough);
    const { connection } = session();
    if (!connection) throw new Error('the session is not open');
    return connection.account.orderProducts(order);
  };
  return async (order) => {
    const enough = new AbortController();
    const asked = ask(order, enough.signal).catch((error: unknown) => {
      logger.info({ error }, 'order without its products');
      return undefined;
    });
    const found = await Promise.race([asked, sleep(clock, PATIENCE_MS, enough.signal).then(() => undefined)]);
    enough.abort();
    return found && found.length > 0 ? found : undefined;
  };
}
