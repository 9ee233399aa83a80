import * as z from 'zod';
import { AccountIdSchema, EndpointIdSchema, SessionIdSchema, SessionUidSchema } from '../../domain/ids.ts';
import { EventTypeSchema } from '../event.ts';

/** A row of the endpoints table (pk `accountId`, sk `endpointId`): one webhook subscription. */
export const EndpointRowSchema = z.object({
  accountId: AccountIdSchema,
  endpointId: EndpointIdSchema,
  url: z.url(),
  events: z.array(EventTypeSchema),
  /** Absent: all sessions of the account. The uid goes with it, so that a number created anew inherits no endpoint. */
  session: z.object({ sessionId: SessionIdSchema, sessionUid: SessionUidSchema }).optional(),
  /** The `whsec_…` secret, encrypted by KMS with the context {accountId, endpointId}; base64. */
  secretCiphertext: z.string(),
  createdAtMs: z.number().int(),
});
export type EndpointRow = z.infer<typeof EndpointRowSchema>;
