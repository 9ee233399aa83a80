import * as z from 'zod';
import { messageIdSchema } from './message-id.ts';

/** The shape in which Meta tells of a message that a person took back. */
export const RevokeSchema = z
  .object({ original_message_id: messageIdSchema })
  .meta({ id: 'Revoke', description: 'Extension: deletes a message for everyone, within two days' });
