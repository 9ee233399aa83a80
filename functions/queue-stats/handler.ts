import { makeDocumentClient } from '#core/adapters/clients/document-client.ts';
import { makeSnsClient } from '#core/adapters/clients/sns-client.ts';
import { makeSqsClient } from '#core/adapters/clients/sqs-client.ts';
import { makeBacklogRepository } from '#core/adapters/dynamodb/backlog-repository.ts';
import { makeDeliveryCountRows } from '#core/adapters/dynamodb/delivery-count-rows.ts';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { readMonitoringEndpoints } from '#core/adapters/dynamodb/monitoring-endpoints.ts';
import { makeEventPublisher } from '#core/adapters/event-publisher.ts';
import { makeOperatorNotices } from '#core/adapters/operator-notices.ts';
import { queueDepth } from '#core/adapters/sqs/queue-depth.ts';
import { systemClock as clock } from '#core/domain/clock.ts';
import { loadConfig } from '../shared/config.ts';
import { count } from '../shared/count.ts';
import { trackingSettled } from '../shared/error-tracking.ts';
import { logger } from '../shared/logger.ts';
import { parkedOf } from './account-depth.ts';
import { measureQueues } from './queue-lengths.ts';
import { type QueueReportDependencies, reportQueues } from './report-queues.ts';

const {
  endpointsTable,
  endpointStatesTable,
  backlogTable,
  limitsTable,
  eventsQueueUrl,
  bulkQueueUrl,
  outboundQueueUrls,
  failureTopicArn,
} = loadConfig(
  'endpointsTable',
  'endpointStatesTable',
  'backlogTable',
  'limitsTable',
  'eventsQueueUrl',
  'bulkQueueUrl',
  'outboundQueueUrls',
  'failureTopicArn',
);
const dynamo = makeDocumentClient();
const sqs = makeSqsClient();
const backlog = makeBacklogRepository({ dynamo, tableName: backlogTable, clock });
const endpoints = makeEndpointRepository({ dynamo, tableName: endpointsTable });
const notices = makeOperatorNotices({
  sns: makeSnsClient(),
  topicArn: failureTopicArn,
  dynamo,
  limitsTable,
  clock,
  logger,
});
const dependencies: QueueReportDependencies = {
  monitoring: () => readMonitoringEndpoints({ dynamo, endpointsTable }),
  counts: makeDeliveryCountRows({ dynamo, limitsTable }),
  endpoints,
  parkedOf: (endpointIds) =>
    parkedOf({ dynamo, statesTable: endpointStatesTable, backlog, nowMs: clock.now() }, endpointIds),
  queued: async () => {
    const depths = await Promise.all([eventsQueueUrl, bulkQueueUrl].map((url) => queueDepth(sqs, url)));
    return depths.reduce((sum, { waiting }) => sum + waiting, 0);
  },
  publisher: makeEventPublisher({ sqs, endpoints, eventsQueueUrl, bulkQueueUrl, clock }),
  clock,
};

/** Each minute: what became of deliveries, for those who monitor; the end of a storm of notices and the length of queues, for the operator. */
export const handler = async (): Promise<void> => {
  const [report, lengths] = await Promise.allSettled([
    reportQueues(dependencies),
    measureQueues({ sqs, outboundQueueUrls, eventsQueueUrl, bulkQueueUrl, clock, count }),
    notices.closeStorms(),
  ]);
  if (lengths.status === 'rejected') logger.error('queues not measured', { error: asError(lengths.reason) });
  if (report.status === 'rejected') logger.error('queues not reported', { error: asError(report.reason) });
  else if (report.value.published > 0) logger.info('queues reported', report.value);
  await trackingSettled();
};

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
