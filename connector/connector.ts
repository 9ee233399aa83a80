import { randomBytes, randomUUID } from 'node:crypto';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeMediaRepository } from '#core/adapters/dynamodb/media-repository.ts';
import { makeEventPublisher } from '#core/adapters/event-publisher.ts';
import { makeMediaStore } from '#core/adapters/media-store.ts';
import type { Event } from '#core/contracts/event.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { EndpointId, JobId } from '#core/domain/ids.ts';
import { Metric } from '#core/observability/metrics.ts';
import { makeAuthTable } from './auth-state/auth-table.ts';
import { LedgerMemory } from './auth-state/ledger-memory.ts';
import { type AwsClients, makeAwsClients } from './aws-clients.ts';
import type { ConnectorConfig } from './config.ts';
import { ArrivalNumbers } from './inbound/arrival-numbers.ts';
import { makeContactMarks } from './inbound/contact-marks.ts';
import { makeFindMedia } from './media/find-media.ts';
import { makeFindPreview } from './media/find-preview.ts';
import { TransferSlots } from './media/transfer-slots.ts';
import { makeMessageTable } from './messages/message-table.ts';
import { makeParkedTable } from './messages/parked-table.ts';
import { makePrivateWriters } from './messages/private-writers.ts';
import type { Counters } from './observability/counters.ts';
import type { Logger } from './observability/logger.ts';
import { watchSessions } from './observability/session-gauges.ts';
import { makeAnswerTable } from './outbound/answer-table.ts';
import { CommandHandler } from './outbound/command-handler.ts';
import { CommandLanes } from './outbound/command-lanes.ts';
import { Hand } from './outbound/hand.ts';
import { ShardPoller } from './outbound/shard-poller.ts';
import { makeSessionHost } from './sessions/session-host.ts';
import { makeSessionRepository } from './sessions/session-repository.ts';
import { Supervisor } from './sessions/supervisor.ts';
import { makeTaskSessions } from './sessions/task-sessions.ts';
import { ShardWork } from './shards/shard-work.ts';
import { Shards } from './shards/shards.ts';
import type { Tenure } from './shards/tenure.ts';
import type { SelfFence } from './task/self-fence.ts';
import { makeBaileysWhatsApp } from './whatsapp/baileys.ts';

/** What a task does for its shards. */
export interface Connector {
  readonly shards: Shards;
  /** After all shards were given away. */
  close(): void;
}

export interface ConnectorParts {
  readonly config: ConnectorConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  /** Holds everything back while this task may not act. */
  readonly fence: SelfFence;
  /** In [0, 1). */
  readonly random: () => number;
  /** Known once the task has entered. */
  readonly taskId: () => string;
}

export function makeConnector(parts: ConnectorParts): Connector {
  const { counters, fence } = parts;
  const aws = makeAwsClients(fence);
  const task = makeTaskParts(parts, aws);
  const shards = new Shards({
    make: (tenure) => makeShardWork(parts, aws, task, tenure),
    read: (shard) => task.rows.listByShard(shard),
  });
  counters.gauge(Metric.sessionsOpen, () => shards.count('open'));
  counters.gauge(Metric.ledgerBytes, () => task.ledgerMemory.bytes || undefined);
  watchSessions(counters, () => shards.hosted().map(({ session }) => session));
  counters.gauge(Metric.sessionsNeedPerson, () => shards.needPerson());
  counters.gauge(Metric.commandsParked, () => shards.parked());
  return {
    shards,
    close: () => task.hand.stop(),
  };
}

/** Files that are received at a time, of all sessions: each takes up to 15 MB for the parts that go to S3. */
const DOWNLOADS_AT_ONCE = 4;

/** What all shards of the task share. */
function makeTaskParts(parts: ConnectorParts, { dynamo, rawDynamo, sqs, s3 }: AwsClients) {
  const { config, clock, logger } = parts;
  return {
    files: {
      media: makeMediaRepository({ dynamo, tableName: config.mediaTable, clock }),
      store: makeMediaStore({ s3, bucketName: config.mediaBucket }),
      slots: new TransferSlots(DOWNLOADS_AT_ONCE),
    },
    messages: makeMessageTable({
      dynamo: rawDynamo,
      tableName: config.messagesTable,
      keptDays: config.messageRetentionDays,
      clock,
    }),
    parked: makeParkedTable({ dynamo, tableName: config.messagesTable }),
    contacts: makeContactMarks({
      dynamo,
      limitsTable: config.limitsTable,
      rememberedDays: config.messageRetentionDays,
      clock,
      logger,
    }),
    writers: makePrivateWriters({ dynamo, tableName: config.messagesTable }),
    rows: makeSessionRepository({ dynamo, tableName: config.sessionsTable }),
    answers: makeAnswerTable({ dynamo, tableName: config.answersTable, clock }),
    publisher: makeEventPublisher({
      sqs,
      endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
      eventsQueueUrl: config.eventsQueueUrl,
      bulkQueueUrl: config.bulkQueueUrl,
      clock,
    }),
    sessions: makeTaskSessions({ ...parts, dynamo }),
    ledgerMemory: new LedgerMemory(config.ledgerMemoryBytes),
    hand: new Hand({ sqs, clock, logger }),
  };
}

type TaskParts = ReturnType<typeof makeTaskParts>;

const engineOf = ({ whatsappUrl: url, whatsappVersion: version, mediaHosts }: ConnectorConfig) => ({
  url,
  version,
  mediaHosts,
});

/** What one tenure of a shard needs; all of it goes with the tenure. */
function makeShardWork(parts: ConnectorParts, aws: AwsClients, task: TaskParts, tenure: Tenure): ShardWork {
  const { config, clock, logger, counters, random } = parts;
  const { messages, parked, writers, contacts, rows, hand, publisher } = task;
  const draining = new AbortController();
  const { abandoned } = tenure;
  const publish = (event: Event): Promise<void> => publisher.publish(event);
  const publishTo = (endpointId: EndpointId, event: Event, jobId: JobId): Promise<void> =>
    publisher.publishTo(endpointId, event, jobId);
  const common = { messages, publish, publishTo, counters, clock, logger, abandoned };
  const host = makeSessionHost({
    ...common,
    policy: config,
    parked,
    writers,
    contacts,
    findMedia: makeFindMedia({ ...task.files, clock, signal: abandoned }),
    findPreview: makeFindPreview({ ...task.files, clock, logger, signal: abandoned }),
    rows,
    whatsapp: makeBaileysWhatsApp({ ...engineOf(config), clock, logger, silence: tenure }),
    files: task.files,
    authTable: makeAuthTable({ dynamo: aws.rawDynamo, tableName: config.authStateTable, tenure }),
    ledgerMemory: task.ledgerMemory,
    arrivals: new ArrivalNumbers(tenure.epoch),
    ...task.sessions,
    silence: tenure,
    random,
  });
  const supervisor = new Supervisor({ shard: tenure.shard, rows, host, clock, logger, abandoned });
  const handler = new CommandHandler({
    supervisor,
    publish,
    answers: task.answers,
    forgetEndpoints: (accountId) => publisher.forget(accountId),
    counters,
    clock,
    logger,
    draining: draining.signal,
  });
  const lanes = new CommandLanes({ hand, handle: (held) => handler.handle(held), clock, logger });
  const queueUrl = config.outboundQueueUrls[tenure.shard];
  if (queueUrl === undefined) throw new Error(`There is no queue of shard ${tenure.shard}.`);
  const poll = (): ShardPoller =>
    new ShardPoller({
      queueUrl,
      polling: aws.polling,
      sqs: aws.sqs,
      hand,
      clock,
      logger,
      accept: (held) => lanes.accept(held),
      inUse: () => supervisor.size > 0,
      newId: () => randomUUID(),
    });
  return new ShardWork({ tenure, queueUrl, supervisor, lanes, hand, clock, logger, poll, draining });
}

/** A name for one run of the process: 16 hex digits. */
export const newIncarnation = (): string => randomBytes(8).toString('hex');
