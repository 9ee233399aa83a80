import * as z from 'zod';

const text = z.string().optional();

/** The ad or post that a person came from. */
export const ReferralSchema = z.object({
  source_url: text,
  source_id: text,
  source_type: z.enum(['ad', 'post']).optional(),
  headline: text,
  body: text,
  media_type: z.enum(['image', 'video']).optional(),
  image_url: text,
  video_url: text,
  thumbnail_url: text,
  ctwa_clid: text,
  welcome_message: z.object({ text: z.string() }).optional(),
});
export type Referral = z.infer<typeof ReferralSchema>;

/** The product that a question is about. */
export const ReferredProductSchema = z.object({ catalog_id: z.string(), product_retailer_id: z.string() });
export type ReferredProduct = z.infer<typeof ReferredProductSchema>;
