import { buffer } from 'node:stream/consumers';
import type { MediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import type { MediaStore } from '#core/adapters/media-store.ts';
import { PREVIEW_BOUND_MS } from '#core/contracts/fetch-media-task.ts';
import type { ContentOf } from '#core/contracts/outbound/content.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import type { Logger } from '../observability/logger.ts';
import type { LinkPreview } from '../whatsapp/whatsapp-port.ts';

/** From the moment in which the API asked for it: the look itself, and a function that starts cold. Milliseconds. */
const WAIT_MS = PREVIEW_BOUND_MS + 2000;
/** Between two looks at the row, milliseconds. */
const LOOK_MS = 250;

/** The preview that a text names; waits for one that is being made, some seconds. Undefined: the text goes without. */
export type FindPreview = (
  sessionUid: SessionUid,
  preview: NonNullable<ContentOf<'text'>['text']['preview']>,
) => Promise<LinkPreview | undefined>;

export interface FindPreviewOptions {
  readonly media: Pick<MediaRepository, 'get'>;
  readonly store: Pick<MediaStore, 'open'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
}

export function makeFindPreview({ media, store, clock, logger, signal }: FindPreviewOptions): FindPreview {
  const thumbnailOf = async (row: MediaRow): Promise<Uint8Array | undefined> => {
    if (row.sizeBytes === undefined) return undefined;
    try {
      return await buffer(await store.open(mediaObjectKey(row)));
    } catch (error) {
      logger.warn({ error, mediaId: row.mediaId }, 'picture of a preview not read');
      return undefined;
    }
  };
  return async (sessionUid, { mediaId, url }) => {
    const untilMs = clock.monotonic() + WAIT_MS;
    for (;;) {
      const row = await media.get(mediaId);
      if (row?.sessionUid !== sessionUid) return undefined;
      if (row.state === 'ready' && row.preview) {
        const thumbnail = await thumbnailOf(row);
        return { url, ...row.preview, ...(thumbnail && { thumbnail }) };
      }
      const isLate = clock.monotonic() >= untilMs || clock.now() >= row.sinceMs + WAIT_MS;
      if (row.state !== 'arriving' || isLate) {
        logger.info({ mediaId, details: row.error?.details }, 'text without its preview');
        return undefined;
      }
      await sleep(clock, LOOK_MS, signal);
      signal.throwIfAborted();
    }
  };
}
