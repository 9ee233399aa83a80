import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/** Deleted for everyone. */
export const RevokeContentSchema = z.object({
  type: z.literal('revoke'),
  revoke: z.object({ original_message_id: WamidSchema }),
});
