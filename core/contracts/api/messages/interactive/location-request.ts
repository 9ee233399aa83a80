import * as z from 'zod';
import { bodyOf, LONGEST_BODY, native } from './parts.ts';

export const InteractiveLocationRequestSchema = z
  .object({
    type: z.literal('location_request_message'),
    body: bodyOf(LONGEST_BODY),
    native,
    action: z.object({ name: z.literal('send_location') }),
  })
  .meta({ id: 'InteractiveLocationRequest' });
