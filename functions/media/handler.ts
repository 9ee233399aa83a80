import { randomBytes } from 'node:crypto';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { makeMediaTokenKeys } from '#core/adapters/dynamodb/media-token-keys.ts';
import { makeMediaBucket } from '#core/adapters/media-bucket.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { apiHandler } from '../shared/api-handler.ts';
import { loadConfig } from '../shared/config.ts';
import { makeRedirectToFile } from './redirect-to-file.ts';

const config = loadConfig('mediaTable', 'mediaBucket', 'region', 'awsEndpoint');
const dynamo = makeDocumentClient();
const table = { dynamo, tableName: config.mediaTable, clock, random: randomBytes };
const { region, awsEndpoint: endpoint, mediaBucket: bucketName } = config;

/** GET and HEAD /media/{token}: the address that `GET /{media-id}` gives out. The token is the permission. */
export const handler = apiHandler(
  makeRedirectToFile({
    media: makeMediaRepository(table),
    tokenKeys: makeMediaTokenKeys(table),
    bucket: makeMediaBucket({ sdk: dynamo.config, bucketName, region, endpoint, clock }),
    clock,
  }),
);
