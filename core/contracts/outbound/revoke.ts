import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/** An extension: takes a message that the session has sent back, for everyone. */
export const RevokeContentSchema = z.object({ type: z.literal('revoke'), revoke: z.object({ wamid: WamidSchema }) });
