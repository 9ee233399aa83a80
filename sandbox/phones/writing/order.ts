import type { Composed } from './composed.ts';

/** A cart that somebody has put together. */
export interface Cart {
  readonly id: string;
  readonly text?: string | undefined;
  readonly currency: string;
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly quantity: number;
    /** For one, in the currency's own unit. */
    readonly price: number;
  }[];
}

const THOUSANDTHS = 1000;

/** Whoever has it may ask what is in the order. */
export const orderToken = (id: string): string => Buffer.from(`token of ${id}`).toString('base64');

/** A cart sent to the business whose catalog it is of. @param seller jid of the business */
export function orderMessage({ id, text, currency, items }: Cart, seller: string): Composed {
  const total = items.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
  const orderMessage = {
    orderId: id,
    token: orderToken(id),
    sellerJid: seller,
    itemCount: items.reduce((sum, { quantity }) => sum + quantity, 0),
    message: text,
    orderTitle: items[0]?.name,
    totalAmount1000: Math.round(total * THOUSANDTHS),
    totalCurrencyCode: currency,
    status: 1,
    surface: 1,
  };
  return { type: 'media', mediaType: 'order', message: { orderMessage } };
}
