import * as z from 'zod';
import { AccountIdSchema, SessionIdSchema, SessionUidSchema } from '../domain/ids.ts';

/**
 * What the API puts on `outbound-<shard>.fifo` and the connector takes from it. Readers ignore fields that they do not
 * know (D16), so plain `z.object`; a new version is read one release before it is written.
 *
 * MessageGroupId: `<sessionUid>#<chatHash>` for messages, `<sessionUid>#control` for the session's life,
 * `<sessionUid>#question` for questions, `<sessionUid>#read` for read receipts, `<sessionUid>#media` for files. MessageDeduplicationId: the stanza id, or the
 * command's own id.
 */
export const CommandEnvelope = {
  version: z.literal(1),
  accountId: AccountIdSchema,
  sessionId: SessionIdSchema,
  sessionUid: SessionUidSchema,
  /** When the API accepted it, milliseconds since the epoch. */
  acceptedAtMs: z.number().int(),
  /** W3C trace id or fbtrace_id of the request, for the logs of both sides. */
  traceId: z.string().optional(),
};
