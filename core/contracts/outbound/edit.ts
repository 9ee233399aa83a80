import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/** An extension: new text (or caption) for a message that the session has sent. */
export const EditContentSchema = z.object({
  type: z.literal('edit'),
  edit: z.object({ wamid: WamidSchema, body: z.string().min(1) }),
});
