import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSnsClient } from '#core/adapters/clients/sns-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeOperatorNotices } from '#core/adapters/operator-notices.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { loadConfig } from '../config.ts';
import { logger } from '../logger.ts';
import type { BuryDependencies } from './bury-delivery.ts';

/** What burying takes beside delivering. */
export function makeBuryDependencies(): Pick<BuryDependencies, 'deadDeliveriesQueueUrl' | 'notices' | 'sqs'> {
  const config = loadConfig('deadDeliveriesQueueUrl', 'failureTopicArn', 'limitsTable');
  return {
    sqs: makeSqsClient(),
    deadDeliveriesQueueUrl: config.deadDeliveriesQueueUrl,
    notices: makeOperatorNotices({
      sns: makeSnsClient(),
      topicArn: config.failureTopicArn,
      dynamo: makeDocumentClient(),
      limitsTable: config.limitsTable,
      clock,
      logger,
    }),
  };
}
