import { randomBytes, randomUUID } from 'node:crypto';
import { makeEndpointRepository } from '#core/adapters/dynamodb/endpoint-repository.ts';
import { makeEventPublisher } from '#core/adapters/event-publisher.ts';
import type { Event } from '#core/contracts/event.ts';
import { type Clock, sleep } from '#core/domain/clock.ts';
import { Metric } from '#core/observability/metrics.ts';
import { makeAuthTable } from './auth-state/auth-table.ts';
import { type AwsClients, makeAwsClients } from './aws-clients.ts';
import type { ConnectorConfig } from './config.ts';
import { makeMessageTable } from './messages/message-table.ts';
import type { Counters } from './observability/counters.ts';
import type { Logger } from './observability/logger.ts';
import { makeAnswerTable } from './outbound/answer-table.ts';
import { CommandHandler } from './outbound/command-handler.ts';
import { CommandLanes } from './outbound/command-lanes.ts';
import { Hand } from './outbound/hand.ts';
import { MessageCommands } from './outbound/send-message.ts';
import { ShardPoller } from './outbound/shard-poller.ts';
import { LoginThrottle } from './sessions/login-throttle.ts';
import { makeSessionHost } from './sessions/session-host.ts';
import { makeSessionRepository } from './sessions/session-repository.ts';
import { Supervisor } from './sessions/supervisor.ts';
import type { SelfFence } from './task/self-fence.ts';
import { makeBaileysWhatsApp } from './whatsapp/baileys.ts';

/** Parts of the shutdown, milliseconds: together below the 100 s that a task has. */
const POLLS_END_MS = 25_000;
const LANES_END_MS = 40_000;
const SESSIONS_END_MS = 20_000;

/** Everything that an active task does. */
export interface Connector {
  readonly supervisor: Supervisor;
  /** Loads the sessions, then takes commands. */
  begin(): Promise<void>;
  /** Takes no more commands, finishes what is under way, ends the connections and keeps the links. */
  end(): Promise<void>;
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
}

export function makeConnector(parts: ConnectorParts): Connector {
  const { config, clock, logger, counters } = parts;
  const draining = new AbortController();
  const abandoned = new AbortController();
  const aws = makeAwsClients(parts.fence);
  const { dynamo, sqs } = aws;
  const messages = makeMessageTable({
    dynamo,
    tableName: config.messagesTable,
    keptDays: config.messageRetentionDays,
    clock,
  });
  const rows = makeSessionRepository({ dynamo, tableName: config.sessionsTable });
  const publisher = makeEventPublisher({
    sqs,
    endpoints: makeEndpointRepository({ dynamo, tableName: config.endpointsTable }),
    eventsQueueUrl: config.eventsQueueUrl,
    bulkQueueUrl: config.bulkQueueUrl,
    clock,
  });
  const common = {
    messages,
    publish: (event: Event) => publisher.publish(event),
    counters,
    clock,
    logger,
    abandoned: abandoned.signal,
  };
  const host = makeSessionHost({ ...common, ...sessionParts(parts, aws), rows });
  const supervisor = new Supervisor({ shards: config.outboundQueueUrls.length, rows, host, clock, logger });
  const handler = new CommandHandler({
    supervisor,
    messages: new MessageCommands({ ...common, draining: draining.signal }),
    answers: makeAnswerTable({ dynamo, tableName: config.answersTable, clock }),
    forgetEndpoints: (accountId) => publisher.forget(accountId),
    counters,
    clock,
    logger,
    draining: draining.signal,
  });
  const outbound = makeOutbound({ ...parts, aws, handler });
  counters.gauge(Metric.sessionsOpen, () => supervisor.count('open'));
  counters.gauge(Metric.sessionsNeedPerson, () => supervisor.needPerson());
  return {
    supervisor,
    async begin() {
      await supervisor.begin();
      outbound.begin();
    },
    async end() {
      draining.abort();
      await atMost(clock, POLLS_END_MS, outbound.stopPolling());
      await atMost(clock, LANES_END_MS, outbound.settled());
      await atMost(clock, SESSIONS_END_MS, supervisor.shutdown());
      outbound.end();
      abandoned.abort(new Error('The process ends.'));
    },
  };
}

const atMost = (clock: Clock, ms: number, work: Promise<void>): Promise<void> => Promise.race([work, sleep(clock, ms)]);

/** What sessions need besides queues and rows. */
function sessionParts({ config, clock, logger, fence, random }: ConnectorParts, { rawDynamo }: AwsClients) {
  return {
    whatsapp: makeBaileysWhatsApp({ url: config.whatsappUrl, clock, logger, silence: fence }),
    authTable: makeAuthTable({
      dynamo: rawDynamo,
      tableName: config.authStateTable,
      epoch: () => fence.epoch,
      onOvertaken: () => fence.lose(),
    }),
    throttle: new LoginThrottle(clock),
    silence: fence,
    random,
  };
}

function makeOutbound(parts: {
  readonly config: ConnectorConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly aws: AwsClients;
  readonly handler: CommandHandler;
}) {
  const { config, clock, logger, handler } = parts;
  const { sqs, polling } = parts.aws;
  const hand = new Hand({ sqs, clock, logger });
  const lanes = new CommandLanes({ hand, handle: (held) => handler.handle(held), clock, logger });
  let pollers: readonly ShardPoller[] = [];
  return {
    begin(): void {
      pollers = config.outboundQueueUrls.map(
        (queueUrl) =>
          new ShardPoller({
            queueUrl,
            polling,
            sqs,
            hand,
            clock,
            logger,
            accept: (held) => lanes.accept(held),
            newId: () => randomUUID(),
          }),
      );
    },
    async stopPolling(): Promise<void> {
      await Promise.all(pollers.map((poller) => poller.stop()));
    },
    settled: (): Promise<void> => lanes.settled(),
    end: (): void => hand.stop(),
  };
}

/** A name for one run of the process: 16 hex digits. */
export const newIncarnation = (): string => randomBytes(8).toString('hex');
