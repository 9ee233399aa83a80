import * as z from 'zod';

/** A pin, a place, or where somebody is who shares it live. */
export const LocationContentSchema = z.object({
  type: z.literal('location'),
  location: z.object({
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().optional(),
    address: z.string().optional(),
    url: z.string().optional(),
    /** Ours: shared live; its caption too. */
    live: z.literal(true).optional(),
    caption: z.string().optional(),
  }),
});
export type LocationContent = z.infer<typeof LocationContentSchema>;
