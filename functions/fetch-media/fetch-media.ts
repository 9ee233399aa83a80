import { pipeline } from 'node:stream/promises';
import type { MediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import type { GuardedDownload, GuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { MediaMeter } from '#core/adapters/media-meter.ts';
import type { MediaStore } from '#core/adapters/media-store.ts';
import { FETCH_BOUND_MS, type FetchMediaTask } from '#core/contracts/fetch-media-task.ts';
import type { MediaRow } from '#core/contracts/rows/media-row.ts';
import type { Clock } from '#core/domain/clock.ts';
import { MEDIA_LIMITS, misfitOf } from '#core/domain/media-kinds.ts';
import { mediaExpiryOf, mediaObjectKey } from '#core/domain/media-object.ts';
import { PICTURE_SIZE, thumbnailOf } from '../shared/thumbnail/thumbnail.ts';
import { fileNameOf } from './file-name.ts';
import { headerOf, Refused, refusedOf, refuseUnlessOk } from './refused.ts';

export interface FetchMediaDependencies {
  readonly http: Pick<GuardedHttpClient, 'open'>;
  readonly store: Pick<MediaStore, 'save'>;
  readonly media: Pick<MediaRepository, 'get' | 'put'>;
  readonly clock: Clock;
  /** Release, for the User-Agent. */
  readonly version: string;
}

/**
 * Fetches the file of a link into the media bucket and says in its row what became of that. May be called again for the same task.
 * @returns the row's last state
 * @throws Error for a fault of ours; Lambda calls again
 */
export async function fetchMedia(deps: FetchMediaDependencies, task: FetchMediaTask): Promise<MediaRow['state']> {
  const { media, clock } = deps;
  const there = await media.get(task.mediaId);
  if (there?.state === 'ready') return 'ready';
  const { mediaId, accountId, sessionId, sessionUid, kind } = task;
  const source = 'link' as const;
  const owner = { mediaId, accountId, sessionId, sessionUid, kind, source };
  const row = (): Pick<MediaRow, 'sinceMs' | 'expiresAt'> & typeof owner => {
    const nowMs = clock.now();
    return { ...owner, sinceMs: nowMs, expiresAt: mediaExpiryOf(source, nowMs) };
  };
  try {
    const file = await download(deps, task, mediaObjectKey(owner));
    await media.put({ ...row(), ...file, state: 'ready' });
    return 'ready';
  } catch (error) {
    const refused = refusedOf(error);
    if (!refused) throw error;
    await media.put({ ...row(), state: 'failed', mimeType: '', error: refused });
    return 'failed';
  }
}

async function download({ http, store, version }: FetchMediaDependencies, { kind, link }: FetchMediaTask, key: string) {
  const headers = { 'user-agent': `Pombo/${version}`, accept: '*/*' };
  const answer = await http.open({ url: link, headers, timeoutMs: FETCH_BOUND_MS });
  try {
    const { mimeType } = announcedFile(answer, kind);
    const meter = new MediaMeter(MEDIA_LIMITS[kind].mostBytes);
    const chunks: Buffer[] = [];
    // The meter ends what is larger than a picture may be.
    if (kind === 'image') answer.body.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [saved] = await Promise.allSettled([store.save(key, meter, mimeType), pipeline(answer.body, meter)]);
    // Whichever side failed, the store has its error: it reads the stream that the other side ends.
    if (saved.status === 'rejected') throw saved.reason;
    if (meter.sizeBytes === 0) throw new Refused(131052, 'The link answered with an empty file.');
    const fileName = fileNameOf(headerOf(answer, 'content-disposition'), link);
    const sha256 = meter.sha256.toString('base64');
    const thumbnail =
      kind === 'image' ? thumbnailOf(Buffer.concat(chunks), PICTURE_SIZE)?.toString('base64') : undefined;
    const named = { ...(fileName && { fileName }), ...(thumbnail && { thumbnail }) };
    return { mimeType, sizeBytes: meter.sizeBytes, sha256, ...named };
  } finally {
    answer.body.destroy();
  }
}

/** What the answer says of its file before it comes. @throws Refused */
function announcedFile(answer: GuardedDownload, kind: FetchMediaTask['kind']): { readonly mimeType: string } {
  refuseUnlessOk(answer);
  const mimeType = headerOf(answer, 'content-type') ?? '';
  const length = headerOf(answer, 'content-length');
  const misfit = misfitOf(kind, { mimeType, sizeBytes: length === undefined ? undefined : Number(length) });
  if (mimeType === '' && kind === 'document') throw new Refused(131053, 'The link answered without a Content-Type.');
  if (misfit) throw new Refused(131053, misfit);
  return { mimeType };
}
