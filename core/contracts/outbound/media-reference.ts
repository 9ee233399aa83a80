import * as z from 'zod';
import { MediaIdSchema } from '../../domain/ids.ts';

/** A file by the row that the API has written for it, uploaded or being fetched. */
export const MediaReferenceSchema = z.object({ mediaId: MediaIdSchema });
export type MediaReference = z.infer<typeof MediaReferenceSchema>;
