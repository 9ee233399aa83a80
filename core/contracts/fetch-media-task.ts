import * as z from 'zod';
import { AccountIdSchema, MediaIdSchema, SessionIdSchema, SessionUidSchema } from '../domain/ids.ts';
import { MEDIA_KINDS } from '../domain/media-kinds.ts';

const Common = {
  version: z.literal(1),
  mediaId: MediaIdSchema,
  accountId: AccountIdSchema,
  sessionId: SessionIdSchema,
  sessionUid: SessionUidSchema,
  link: z.url({ protocol: /^https?$/ }),
  /** W3C trace id or fbtrace_id of the request, for the logs of both sides. */
  traceId: z.string().optional(),
};

/** What the API hands to the function that fetches the file of a `link`. The row of the file is there and says `arriving`. */
export const FetchMediaTaskSchema = z.object({ ...Common, kind: z.enum(MEDIA_KINDS) });
export type FetchMediaTask = z.infer<typeof FetchMediaTaskSchema>;

/** The same function looks at the page that a text names first, for its title and a small picture. */
export const FetchPreviewTaskSchema = z.object({ ...Common, kind: z.literal('preview') });
export type FetchPreviewTask = z.infer<typeof FetchPreviewTaskSchema>;

export const FetchTaskSchema = z.discriminatedUnion('kind', [FetchMediaTaskSchema, FetchPreviewTaskSchema]);
export type FetchTask = z.infer<typeof FetchTaskSchema>;

/**
 * How long a fetch may take in all, milliseconds: the connector waits a minute for it (D12) before the message fails. Then a row that
 * says `arriving` is stale, and a new message fetches anew.
 */
export const FETCH_BOUND_MS = 55_000;

/** How long a look at a page and its picture may take in all, milliseconds: a preview is not worth more waiting. */
export const PREVIEW_BOUND_MS = 8000;
