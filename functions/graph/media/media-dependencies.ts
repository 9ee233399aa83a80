import { randomBytes } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type MediaRepository, makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { type MediaTokenKeys, makeMediaTokenKeys } from '#core/adapters/dynamodb/media-token-keys.ts';
import type { SessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { type InvokeAsync, makeInvokeAsync } from '#core/adapters/lambda-invoker.ts';
import { type MediaBucket, makeMediaBucket } from '#core/adapters/media-bucket.ts';
import type { OutboundQueue } from '#core/adapters/sqs/outbound-queue.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { RandomBytes } from '#core/domain/ids.ts';
import { loadConfig } from '../../shared/config.ts';

/** What the routes of media work with. */
export interface MediaDependencies {
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly media: MediaRepository;
  readonly bucket: MediaBucket;
  readonly tokenKeys: Pick<MediaTokenKeys, 'keyOf'>;
  /** Starts the function that fetches the file of a link. */
  readonly fetchMedia: InvokeAsync;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Out of the function's environment. */
export function makeMediaDependencies(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly sessions: Pick<SessionRepository, 'get'>;
  readonly outbound: OutboundQueue;
  readonly clock: Clock;
}): MediaDependencies {
  const { dynamo, sessions, outbound, clock } = options;
  const config = loadConfig('mediaTable', 'mediaBucket', 'fetchMediaFunction', 'region', 'awsEndpoint');
  const aws = { sdk: dynamo.config, region: config.region, endpoint: config.awsEndpoint, clock };
  const table = { dynamo, tableName: config.mediaTable, clock, random: randomBytes };
  return {
    sessions,
    media: makeMediaRepository(table),
    bucket: makeMediaBucket({ ...aws, bucketName: config.mediaBucket }),
    tokenKeys: makeMediaTokenKeys(table),
    fetchMedia: makeInvokeAsync({ ...aws, functionName: config.fetchMediaFunction }),
    outbound,
    clock,
    random: randomBytes,
  };
}
