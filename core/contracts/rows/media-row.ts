import * as z from 'zod';
import { AccountIdSchema, MediaIdSchema, SessionIdSchema, SessionUidSchema } from '../../domain/ids.ts';
import { MEDIA_KINDS } from '../../domain/media-kinds.ts';

/** Where a file came from: a client's upload, a `link` of a message, a received message. */
export const MEDIA_SOURCES = ['upload', 'link', 'received'] as const;

/**
 * `arriving`: the file is on its way into S3. `ready`: it is there, and size and checksum are known. `failed`: it will not come by
 * itself.
 */
export const MEDIA_STATES = ['arriving', 'ready', 'failed'] as const;

/** A row of the media table (pk `mediaId`): one file, in S3 under the key of core/domain/media-object.ts. */
export const MediaRowSchema = z.object({
  mediaId: MediaIdSchema,
  accountId: AccountIdSchema,
  sessionId: SessionIdSchema,
  /** The file belongs to this session and to none that gets the same number later. */
  sessionUid: SessionUidSchema,
  source: z.enum(MEDIA_SOURCES),
  /** What it is to be sent as, of a link; what it was sent as, of a received file. */
  kind: z.enum(MEDIA_KINDS).optional(),
  state: z.enum(MEDIA_STATES),
  /** With parameters, where its source said some. */
  mimeType: z.string(),
  /** Of a presigned upload that is arriving: what was announced. */
  sizeBytes: z.number().int().optional(),
  /** Digest of the file, base64. */
  sha256: z.string().optional(),
  fileName: z.string().optional(),
  /** Of a picture that is to be sent: a small JPEG of it, base64, where one could be made. */
  thumbnail: z.string().optional(),
  /** Of the preview of an address: what the page says of itself. Its picture is the file; without size there is none. */
  preview: z.object({ title: z.string(), description: z.string().optional() }).optional(),
  /** Why it failed: Graph error code and a sentence. */
  error: z.object({ code: z.number().int(), details: z.string() }).optional(),
  /** Of a received file: sort key of its message row, from which it can be asked for again. */
  message: z.string().optional(),
  /** Of one that is being fetched: by which call of the API. Absent in rows of release 0.1. */
  claim: z.string().optional(),
  /** When it last changed its state, milliseconds since the epoch. */
  sinceMs: z.number().int(),
  /** TTL, seconds since the epoch: the file goes at that time too. */
  expiresAt: z.number().int(),
});
export type MediaRow = z.infer<typeof MediaRowSchema>;
