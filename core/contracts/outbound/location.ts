import * as z from 'zod';

export const LocationSchema = z.object({
  /** Degrees. */
  latitude: z.number(),
  longitude: z.number(),
  name: z.string().optional(),
  address: z.string().optional(),
});

export const LocationContentSchema = z.object({ type: z.literal('location'), location: LocationSchema });
