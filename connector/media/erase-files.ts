import type { MediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import type { MediaStore } from '#core/adapters/media-store.ts';
import { MEDIA_SOURCES } from '#core/contracts/rows/media-row.ts';
import { MediaIdSchema, type SessionUid } from '#core/domain/ids.ts';
import { mediaObjectPrefix } from '#core/domain/media-object.ts';
import { atOnce } from '../at-once.ts';

const REMOVALS_AT_ONCE = 16;

/**
 * Removes every file of a session, those that it was to send too, with their rows; they are found by their place in the bucket. Rows without
 * a file (a fetch that failed) go by their time to live.
 */
export async function eraseFiles(
  { media, store }: { readonly media: Pick<MediaRepository, 'remove'>; readonly store: Pick<MediaStore, 'erase'> },
  sessionUid: SessionUid,
): Promise<void> {
  const prefixes = new Set(MEDIA_SOURCES.map((source) => mediaObjectPrefix({ source, sessionUid })));
  for (const prefix of prefixes) {
    await store.erase(prefix, async (keys) => {
      const mediaIds = keys.flatMap((key) => MediaIdSchema.safeParse(key.slice(prefix.length)).data ?? []);
      await atOnce(
        mediaIds.map((mediaId) => () => media.remove(mediaId)),
        REMOVALS_AT_ONCE,
      );
    });
  }
}
