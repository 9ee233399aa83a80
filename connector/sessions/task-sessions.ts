import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { makeSnsClient } from '#core/adapters/clients/sns-client.ts';
import { makeOperatorNotices, type NoticeLogger } from '#core/adapters/operator-notices.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { OperatorNotices } from '#core/domain/notice.ts';
import type { ConnectorConfig } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { LoginThrottle } from './login-throttle.ts';
import type { SessionHostOptions } from './session-host.ts';
import { StartGuard } from './start-guard.ts';

export type TaskSessions = Pick<
  SessionHostOptions,
  'throttle' | 'guard' | 'notices' | 'connectAttempts' | 'proxies' | 'taskId'
>;

/** What the sessions of all shards of a task share. */
export function makeTaskSessions(parts: {
  readonly config: ConnectorConfig;
  readonly dynamo: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly taskId: () => string;
}): TaskSessions {
  const { config, clock, random, taskId } = parts;
  const { connectAttempts, proxies } = config;
  const guard = new StartGuard({ clock, random });
  return { throttle: new LoginThrottle(clock), guard, notices: noticesOf(parts), connectAttempts, proxies, taskId };
}

/** Notices of a deployment without a topic are only logged. */
function noticesOf(parts: {
  readonly config: ConnectorConfig;
  readonly dynamo: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly logger: Logger;
}): OperatorNotices {
  const { config, dynamo, clock, logger } = parts;
  const { failureTopicArn: topicArn, limitsTable } = config;
  if (topicArn === undefined) {
    return {
      tell: ({ kind, facts }) =>
        Promise.resolve(logger.warn({ kind, facts }, 'operators are not told: there is no topic')),
    };
  }
  const noticeLogger: NoticeLogger = {
    info: (sentence, fields) => logger.info(fields, sentence),
    error: (sentence, fields) => logger.error(fields, sentence),
  };
  return makeOperatorNotices({ sns: makeSnsClient(), topicArn, dynamo, limitsTable, clock, logger: noticeLogger });
}
