import type { MediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import type { MediaTokenKeys } from '#core/adapters/dynamodb/media-token-keys.ts';
import type { MediaBucket } from '#core/adapters/media-bucket.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { GraphError } from '#core/domain/graph-error.ts';
import { mediaObjectKey } from '#core/domain/media-object.ts';
import { isMediaTokenOf, readMediaToken } from '#core/domain/media-token.ts';
import type { ApiRequest } from '../shared/api-request.ts';
import type { ApiResponse } from '../shared/api-response.ts';
import { unknownPath, wrongMethod } from '../shared/router.ts';

/** A client follows at once; the download itself may last longer. Seconds. */
const REDIRECT_LIVES_S = 60;
const METHODS = ['GET', 'HEAD'] as const;

/**
 * Sends whoever has a good token on to S3. An `Authorization` header means nothing here, and HTTP clients leave it behind when a redirect
 * leads to another host, where it would be one signature too many (cloud-api.md, rule 2).
 */
export function makeRedirectToFile(dependencies: {
  readonly media: Pick<MediaRepository, 'get'>;
  readonly tokenKeys: Pick<MediaTokenKeys, 'find'>;
  readonly bucket: Pick<MediaBucket, 'presignRead'>;
  readonly clock: Clock;
}) {
  const { media, tokenKeys, bucket, clock } = dependencies;
  return async ({ method: asked, path }: ApiRequest): Promise<ApiResponse> => {
    const method = METHODS.find((each) => each === asked);
    if (!method) throw wrongMethod(asked, METHODS);
    const text = path.replace(/^\/media\//, '');
    const token = readMediaToken(text);
    if (!token || token.expiresAtS * 1000 <= clock.now()) throw gone();
    const key = await tokenKeys.find(token.expiresAtS);
    if (!key || !isMediaTokenOf(text, key)) throw gone();
    const row = await media.get(token.mediaId);
    if (row?.state !== 'ready') throw gone();
    const { mimeType, fileName } = row;
    const file = { mimeType, fileName, expiresInS: REDIRECT_LIVES_S };
    const location = await bucket.presignRead(method, mediaObjectKey(row), file);
    return { status: 302, headers: { location }, body: '' };
  };
}

/** The same for a token that is over, that was forged, and for a file that was deleted. The path holds the token, so nothing repeats it. */
const gone = (): GraphError => unknownPath('/media/…');
