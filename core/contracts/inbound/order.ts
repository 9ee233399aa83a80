import * as z from 'zod';

/** One product of an order; `item_price` in the currency's own unit. */
export const OrderedItemSchema = z.object({
  product_retailer_id: z.string(),
  quantity: z.number().int(),
  item_price: z.number(),
  currency: z.string(),
});
export type OrderedItem = z.infer<typeof OrderedItemSchema>;

/** A cart that somebody sent. */
export const OrderContentSchema = z.object({
  type: z.literal('order'),
  order: z.object({
    /** Digits of the catalog owner's phone number: WhatsApp addresses a catalog by its owner. */
    catalog_id: z.string(),
    text: z.string(),
    /** Absent when WhatsApp did not tell them. */
    product_items: z.array(OrderedItemSchema).min(1).optional(),
    /** Ours: what WhatsApp says of the order as a whole. */
    order_id: z.string().optional(),
    item_count: z.number().int().optional(),
    total: z.object({ amount: z.number(), currency: z.string() }).optional(),
  }),
});
export type OrderContent = z.infer<typeof OrderContentSchema>;
