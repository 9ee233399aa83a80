import type { MediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import type { MediaStore } from '#core/adapters/media-store.ts';
import type { EventError } from '#core/contracts/event.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { eventErrorOf } from '#core/domain/graph-error.ts';
import { misfitOf } from '#core/domain/media-kinds.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import type { FindMedia } from '../outbox/preparation.ts';
import type { OutgoingMedia } from '../whatsapp/whatsapp-port.ts';

/** D12: from the message's turn on. Milliseconds. */
const FETCH_WAIT_MS = 60_000;
/** Between two looks at the row, milliseconds: most files are there within a second. */
const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 2000;

export interface FindMediaOptions {
  readonly media: Pick<MediaRepository, 'get'>;
  readonly store: Pick<MediaStore, 'open'>;
  readonly clock: Clock;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * Finds the file of a message that is about to be sent; waits for one that is still being fetched, a minute at most.
 * @returns the error that the message fails with, for a file that will not come
 */
export function makeFindMedia(options: FindMediaOptions): FindMedia {
  const { media, store, clock, signal } = options;
  return async (wish) => {
    const untilMs = clock.monotonic() + FETCH_WAIT_MS;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_MS)) {
      const row = await media.get(wish.mediaId);
      if (row?.sessionUid !== wish.sessionUid) return { error: NOT_THERE };
      if (row.state === 'failed') return { error: failureOf(row) };
      if (row.state === 'ready') return foundOf(row, wish, store);
      if (clock.monotonic() >= untilMs) return { error: TOO_SLOW };
      await sleep(clock, pauseMs, signal);
      signal.throwIfAborted();
    }
  };
}

function foundOf(
  row: MediaRow,
  { kind, mediaId }: Parameters<FindMedia>[0],
  store: Pick<MediaStore, 'open'>,
): OutgoingMedia | { readonly error: EventError } {
  const { mimeType, sizeBytes, sha256, fileName, thumbnail } = row;
  const misfit = misfitOf(kind, row);
  if (misfit) return { error: eventErrorOf(131053, misfit) };
  if (sizeBytes === undefined || sha256 === undefined) return { error: NOT_THERE };
  const file = {
    mediaId,
    kind,
    mimeType,
    sizeBytes,
    sha256,
    ...(fileName !== undefined && { fileName }),
    ...(thumbnail !== undefined && { thumbnail: Buffer.from(thumbnail, 'base64') }),
  };
  return { ...file, open: () => store.open(mediaObjectKey(row)) };
}

const failureOf = ({ error }: MediaRow): EventError =>
  eventErrorOf(error?.code === 131053 ? 131053 : 131052, error?.details ?? 'The file could not be fetched.');

const NOT_THERE = eventErrorOf(131052, 'The file of the message was deleted or has expired. Nothing was sent.');
const TOO_SLOW = eventErrorOf(131052, 'The file of the message was not fetched within a minute. Nothing was sent.');
