import type { FetchTask } from '#core/contracts/fetch-media-task.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { newClaim } from '#core/domain/ids.ts';
import { mediaExpiryOf } from '#core/domain/media-object.ts';
import type { MediaDependencies } from './media-dependencies.ts';

/**
 * Starts the function that fetches, unless what the task wants was fetched, or is being fetched, for another message of the last minutes:
 * its row is the cache.
 * @param options.staleAfterMs a fetch that has taken longer was lost, milliseconds
 * @param options.failuresStay what could not be fetched is not tried again as long as its row is the cache
 */
export async function beginFetch(
  { media, fetchMedia, clock, random }: Pick<MediaDependencies, 'media' | 'fetchMedia' | 'clock' | 'random'>,
  task: FetchTask,
  { staleAfterMs, failuresStay = false }: { readonly staleAfterMs: number; readonly failuresStay?: boolean },
): Promise<void> {
  const { mediaId, accountId, sessionId, sessionUid, kind } = task;
  const nowMs = clock.now();
  const row: MediaRow & { readonly claim: string } = {
    mediaId,
    accountId,
    sessionId,
    sessionUid,
    ...(kind !== 'preview' && { kind }),
    source: 'link',
    state: 'arriving',
    claim: newClaim(random),
    mimeType: '',
    sinceMs: nowMs,
    expiresAt: mediaExpiryOf('link', nowMs),
  };
  if (await media.claim(row, { staleMs: nowMs - staleAfterMs, failuresStay })) return;
  try {
    await fetchMedia(task);
  } catch (error) {
    // Nobody fetches it: the next message has to begin anew.
    await media.remove(mediaId);
    throw error;
  }
}
