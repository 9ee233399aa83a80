import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../domain/clock.ts';
import {
  NOTICE_FAMILIES,
  type Notice,
  type NoticeFamily,
  noticeFamilyOf,
  type OperatorNotices,
} from '../domain/notice.ts';
import { type NoticeText, noticeText, stormEndText, stormText } from '../domain/notice-text.ts';
import { makeNoticeGate } from './dynamodb/notice-gate.ts';
import {
  makeStormWindows,
  STORM_WINDOW_MS,
  type StormWindow,
  type StormWindows,
  TOLD_ONE_BY_ONE,
} from './dynamodb/storm-window.ts';

/** Constant sentences with fields; Powertools' logger is one. */
export interface NoticeLogger {
  info(sentence: string, fields: Readonly<Record<string, unknown>>): void;
  error(sentence: string, fields: Readonly<Record<string, unknown> & { error: Error }>): void;
}

export interface OperatorNoticesOptions {
  readonly sns: SNSClient;
  readonly topicArn: string;
  readonly dynamo: DynamoDBDocumentClient;
  readonly limitsTable: string;
  readonly clock: Clock;
  readonly logger?: NoticeLogger;
}

export interface SharedOperatorNotices extends OperatorNotices {
  /**
   * Tells how a storm ended, if one has. The minute's function calls it; without that, the next notice of the family tells it.
   * Never rejects.
   */
  closeStorms(): Promise<void>;
}

/** A gate that was found closed is not asked again for this long, milliseconds: a storm costs a write a minute, not one each. */
const REFUSAL_BELIEVED_MS = 60_000;
const MOST_REFUSALS = 1000;

/**
 * Notices to operators over SNS, shared by all tasks and functions of the deployment: at most one an hour per kind and
 * subject, and of more than ten of a family within five minutes the first ten, one digest at the eleventh, and one with all
 * figures after the end, told by `closeStorms` or by the next notice. What could not be sent is open to the next teller.
 */
export function makeOperatorNotices(options: OperatorNoticesOptions): SharedOperatorNotices {
  const { sns, topicArn, dynamo, limitsTable: tableName, clock, logger } = options;
  const gate = makeNoticeGate({ dynamo, tableName, clock });
  const windows = makeStormWindows({ dynamo, tableName, clock });
  const publish = makePublish(sns, topicArn);
  const digests = makeDigests(windows, publish);
  const refusals = rememberedRefusals(clock);

  const neverRejects = async (fields: Readonly<Record<string, unknown>>, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger?.error('operator notice not sent', { ...fields, error: asError(error) });
    }
  };
  const tellOrCount = async (notice: Notice): Promise<void> => {
    const { kind, subject, accountId, facts } = notice;
    const family = noticeFamilyOf(kind);
    const window = await windows.join(family, kind);
    if (window.untold) await neverRejects({ kind: `${family}.digest` }, () => digests.tellEnd(family));
    if (window.count > TOLD_ONE_BY_ONE) {
      logger?.info('operator notice counted', { kind, subject, accountId });
      // From here on it is told with the counts: now, by the next notice or at the end.
      return await neverRejects({ kind: `${family}.digest` }, () => digests.tellStorm(family, window));
    }
    await publish(noticeText(notice, clock.now()), { kind, subject, accountId, facts: JSON.stringify(facts) });
    logger?.info('operator notice sent', { kind, subject, accountId });
  };

  return {
    async tell(notice) {
      const { kind, subject, accountId } = notice;
      await neverRejects({ kind, subject, accountId }, async () => {
        if (refusals.has(`${kind}#${subject}`)) return;
        const pass = await gate.pass(kind, subject);
        if (!pass) return refusals.add(`${kind}#${subject}`);
        try {
          await tellOrCount(notice);
        } catch (error) {
          await gate.giveBack(pass);
          throw error;
        }
        await gate.confirm(pass);
      });
    },
    async closeStorms() {
      for (const family of NOTICE_FAMILIES) {
        await neverRejects({ kind: `${family}.digest` }, async () => {
          if (await windows.close(family)) await digests.tellEnd(family);
        });
      }
    },
  };
}

type Publish = (text: NoticeText, attributes: Readonly<Record<string, string>>) => Promise<void>;

const makePublish =
  (sns: SNSClient, TopicArn: string): Publish =>
  async ({ subject, body }, attributes) => {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    await sns.send(new PublishCommand({ TopicArn, Subject: subject, Message: body, MessageAttributes }));
  };

/** Both digests of a storm; what the topic does not take is left to the next teller. */
function makeDigests(windows: StormWindows, publish: Publish) {
  return {
    async tellStorm(family: NoticeFamily, window: StormWindow): Promise<void> {
      if (window.digested !== undefined || !(await windows.claimDigest(family, window))) return;
      const { startedAtMs, kinds } = window;
      const counted = { sinceMs: startedAtMs, untilMs: startedAtMs + STORM_WINDOW_MS, kinds };
      try {
        await publish(stormText(family, counted), { kind: `${family}.digest`, facts: JSON.stringify(kinds) });
      } catch (error) {
        await windows.unclaimDigest(family, window);
        throw error;
      }
    },
    async tellEnd(family: NoticeFamily): Promise<void> {
      const untold = await windows.takeUntold(family);
      if (!untold) return;
      try {
        await publish(stormEndText(family, untold), { kind: `${family}.digest`, facts: JSON.stringify(untold.kinds) });
      } catch (error) {
        await windows.putBack(family, untold);
        throw error;
      }
    },
  };
}

/** Subjects whose gate was closed a moment ago. */
function rememberedRefusals(clock: Clock) {
  const refusedAt = new Map<string, number>();
  return {
    has(key: string): boolean {
      const atMs = refusedAt.get(key);
      return atMs !== undefined && clock.monotonic() - atMs < REFUSAL_BELIEVED_MS;
    },
    add(key: string): void {
      refusedAt.delete(key);
      refusedAt.set(key, clock.monotonic());
      const [oldest] = refusedAt.keys();
      if (refusedAt.size > MOST_REFUSALS && oldest !== undefined) refusedAt.delete(oldest);
    },
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
