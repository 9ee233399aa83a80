import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeSessionRepository } from '#core/adapters/dynamodb/session-repository.ts';
import { makeEventPublisher } from '#core/adapters/event-publisher.ts';
import { MessageHeadSchema, OutboundCommandSchema } from '#core/contracts/outbound-command.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { loadConfig } from '../shared/config.ts';
import { count } from '../shared/count.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { readRecord } from '../shared/read-record.ts';
import { failMessage } from './fail-message.ts';

const config = loadConfig('sessionsTable', 'endpointsTable', 'eventsQueueUrl', 'bulkQueueUrl');
const dynamo = makeDocumentClient();
const sessions = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
const publisher = makeEventPublisher({
  sqs: makeSqsClient(),
  endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
  eventsQueueUrl: config.eventsQueueUrl,
  bulkQueueUrl: config.bulkQueueUrl,
  clock,
});

/** A message whose kind only another release knows died too, and its sender hears of it. */
const DeadCommandSchema = z.union([MessageHeadSchema, OutboundCommandSchema]);

/** A command that nobody can read is acknowledged too: it is logged without its content and counted, and an alarm watches the count. */
async function bury(record: SQSRecord): Promise<void> {
  count({ [Metric.commandDied]: 1 });
  const command = readRecord(DeadCommandSchema, record);
  if (!command) return;
  const { type, accountId, sessionUid, traceId } = command;
  const fields = { type, accountId, sessionUid, traceId };
  if (command.type !== 'message.send') return logger.error('command died', fields);
  await failMessage({ sessions, publisher }, command, Number(record.attributes.SentTimestamp));
  logger.error('message died', { ...fields, messageId: command.wamid });
}

const errorOf = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** Consumer of the outbound dead-letter queue. */
export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  const results = await Promise.allSettled(event.Records.map(bury));
  for (const result of results)
    if (result.status === 'rejected')
      logger.error('dead command returned to the queue', { error: errorOf(result.reason) });
  await trackingSettled();
  const failed = event.Records.filter((_, index) => results[index]?.status === 'rejected');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
