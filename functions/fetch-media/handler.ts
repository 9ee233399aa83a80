import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeS3Client } from '#core/adapters/clients/s3-client.ts';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { makeGuardedHttpClient } from '#core/adapters/http/guarded-http-client.ts';
import { makeMediaStore } from '#core/adapters/media-store.ts';
import { FetchTaskSchema } from '#core/contracts/fetch-media-task.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { loadConfig } from '../shared/config.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { fetchMedia } from './fetch-media.ts';
import { fetchPreview } from './fetch-preview.ts';

const config = loadConfig('mediaTable', 'mediaBucket', 'privateTargets', 'version');
const dependencies = {
  http: makeGuardedHttpClient({ privateTargets: config.privateTargets, clock }),
  store: makeMediaStore({ s3: makeS3Client(), bucketName: config.mediaBucket }),
  media: makeMediaRepository({ dynamo: makeDocumentClient(), tableName: config.mediaTable, clock }),
  clock,
  version: config.version,
};

/**
 * Fetches the file of a `link` that a message is to be sent with, or looks at the page that a text is to show a preview of; the API has
 * started it and does not wait (D12).
 */
export const handler = async (input: unknown): Promise<void> => {
  const task = FetchTaskSchema.parse(input);
  const { accountId, sessionUid, mediaId, traceId } = task;
  const fields = { accountId, sessionUid, mediaId, traceId };
  try {
    const state = await (task.kind === 'preview' ? fetchPreview(dependencies, task) : fetchMedia(dependencies, task));
    logger.info('link fetched', { ...fields, kind: task.kind, state });
  } catch (error) {
    logger.error('link not fetched', { ...fields, error: error as Error });
    await trackingSettled();
    throw error;
  }
};
