import * as z from 'zod';
import { WamidSchema } from '../../domain/wamid.ts';

/**
 * Another message of the same session that a message is about. The connector finds chat, author and content in its row by the stanza id
 * (D3).
 */
export const MessageReferenceSchema = z.object({ wamid: WamidSchema });
export type MessageReference = z.infer<typeof MessageReferenceSchema>;
