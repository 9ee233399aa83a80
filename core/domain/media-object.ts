import type { MediaRow } from '../contracts/rows/media-row.ts';
import { MediaPrefix, RECEIVED_MEDIA_DAYS, UPLOADED_MEDIA_DAYS } from '../resource-names.ts';

const DAY_S = 86_400;

/** Where the files of a session are. Its uid is in it, so that a number given anew inherits nothing. */
export const mediaObjectPrefix = ({ source, sessionUid }: Pick<MediaRow, 'source' | 'sessionUid'>): string =>
  `${source === 'received' ? MediaPrefix.received : MediaPrefix.uploaded}${sessionUid}/`;

/** Key of a file in the media bucket. */
export const mediaObjectKey = ({ mediaId, ...where }: Pick<MediaRow, 'source' | 'sessionUid' | 'mediaId'>): string =>
  `${mediaObjectPrefix(where)}${mediaId}`;

/** When a file of that source goes: TTL of its row, seconds since the epoch. The bucket's own rule follows within a day. */
export const mediaExpiryOf = (source: MediaRow['source'], nowMs: number): number =>
  Math.floor(nowMs / 1000) + (source === 'received' ? RECEIVED_MEDIA_DAYS : UPLOADED_MEDIA_DAYS) * DAY_S;
