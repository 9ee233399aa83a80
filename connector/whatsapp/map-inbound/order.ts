import { jidDecode } from '@whiskeysockets/baileys';
import type { Reader } from './reading.ts';

/** WhatsApp counts money in thousandths. */
const THOUSANDTHS = 1000;

/** A cart that somebody sent. The message names its total; the products are at WhatsApp, for whoever has the message's token. */
export const readOrder: Reader = ({ orderMessage: order }) => {
  if (!order) return undefined;
  const { orderId, token, itemCount, totalCurrencyCode: currency, sellerJid, message } = order;
  const amount = Number(order.totalAmount1000 ?? 0) / THOUSANDTHS;
  return {
    ...(orderId && token && { order: { orderId, token } }),
    content: {
      type: 'order',
      order: {
        catalog_id: jidDecode(sellerJid ?? undefined)?.user ?? '',
        text: message ?? '',
        ...(orderId && { order_id: orderId }),
        ...(itemCount && { item_count: itemCount }),
        ...(currency && { total: { amount, currency } }),
      },
    },
  };
};
