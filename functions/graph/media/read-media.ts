import type { MediaResponse } from '#core/contracts/api/media.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import { MEDIA_URL_LIVES_S, signMediaToken } from '#core/domain/media-token.ts';
import { originOf } from '../../shared/paging.ts';
import type { GraphRequest } from '../graph-route.ts';
import { askAgain } from './ask-again.ts';
import { completeUpload } from './complete-upload.ts';
import type { MediaDependencies } from './media-dependencies.ts';
import { ownMedia } from './own-media.ts';

/** A file that is on its way takes seconds. */
const ASK_AGAIN_S = '2';

/** GET /{media-id}: what the file is, and an address that gives it to whoever asks within five minutes. */
export function makeReadMedia(dependencies: MediaDependencies) {
  const { tokenKeys, clock } = dependencies;
  return async (request: GraphRequest): Promise<MediaResponse> => {
    const own = await completeUpload(dependencies, await ownMedia(dependencies, request));
    const row = await askAgain(dependencies, own, request);
    refuseUnlessReady(row);
    const expiresAtS = Math.floor(clock.now() / 1000) + MEDIA_URL_LIVES_S;
    const token = signMediaToken({ mediaId: row.mediaId, expiresAtS }, await tokenKeys.keyOf(expiresAtS));
    return {
      messaging_product: 'whatsapp',
      url: `${originOf(request)}/media/${token}`,
      mime_type: row.mimeType,
      sha256: row.sha256 ?? '',
      file_size: String(row.sizeBytes ?? 0),
      id: row.mediaId,
    };
  };
}

/** DELETE /{media-id}: at once, also while its addresses are still good. */
export function makeDeleteMedia(dependencies: MediaDependencies) {
  const { media, bucket } = dependencies;
  return async (request: GraphRequest): Promise<{ readonly success: true }> => {
    const row = await ownMedia(dependencies, request);
    await media.remove(row.mediaId);
    await bucket.remove(mediaObjectKey(row));
    return { success: true };
  };
}

/** @throws GraphError 131052: it is on its way (transient), or it will not come */
function refuseUnlessReady({ state, source, error }: MediaRow): void {
  if (state === 'ready') return;
  if (state === 'failed') throw new GraphError(131052, error?.details ?? 'The file could not be fetched.');
  const where = source === 'upload' ? 'The file has not been put to its upload_url yet.' : 'The file is on its way.';
  throw new GraphError(131052, `${where} Ask again in a moment.`, {
    transient: true,
    headers: { 'retry-after': ASK_AGAIN_S },
  });
}
