import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../domain/clock.ts';
import type { NoticeKind } from '../../domain/notice.ts';
import { TableKeys, TTL_ATTRIBUTE } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

/** At most one notice of a kind about a subject within this long, milliseconds (issue: one per endpoint and hour). */
const NOTICE_GATE_MS = 3_600_000;
/** A pass whose teller says no more, dead perhaps, is void after this long, milliseconds; sending takes seconds. */
const UNCONFIRMED_MS = 60_000;
/** Beyond the hour, seconds: the row is read by its time, TTL only cleans up. */
const KEPT_LONGER_S = 3600;

/** Says who may tell, for all tasks and functions of the deployment: rows `notice#<kind>#<subject>` of the limits table. */
export interface NoticeGate {
  /** @returns a pass to one caller an hour, undefined to the others. It is void after a minute unless it is confirmed. */
  pass(kind: NoticeKind, subject: string): Promise<NoticePass | undefined>;
  /** The notice is out: nobody else tells it within the hour. */
  confirm(pass: NoticePass): Promise<void>;
  /** The notice could not be sent: the next teller may. */
  giveBack(pass: NoticePass): Promise<void>;
}

export interface NoticePass {
  readonly limit: string;
  readonly passedAtMs: number;
}

const { pk } = TableKeys.limits;

export function makeNoticeGate(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Clock;
}): NoticeGate {
  const { dynamo, tableName: TableName, clock } = options;
  /** Moves the end of a pass of one's own. */
  const closeUntil = async ({ limit, passedAtMs }: NoticePass, untilMs: number): Promise<void> => {
    const update = new UpdateCommand({
      TableName,
      Key: { [pk]: limit },
      UpdateExpression: 'SET closedUntilMs = :until',
      ConditionExpression: 'passedAtMs = :mine',
      ExpressionAttributeValues: { ':mine': passedAtMs, ':until': untilMs },
    });
    await unlessRefused(dynamo.send(update));
  };
  return {
    async pass(kind, subject) {
      const limit = `notice#${kind}#${subject}`;
      const passedAtMs = clock.now();
      const put = new PutCommand({
        TableName,
        Item: {
          [pk]: limit,
          passedAtMs,
          closedUntilMs: passedAtMs + UNCONFIRMED_MS,
          [TTL_ATTRIBUTE]: Math.ceil((passedAtMs + NOTICE_GATE_MS) / 1000) + KEPT_LONGER_S,
        },
        // A gate that is closed for longer than an hour was closed by a clock that was wrong.
        ConditionExpression: 'attribute_not_exists(#pk) OR closedUntilMs <= :now OR closedUntilMs > :longest',
        ExpressionAttributeNames: { '#pk': pk },
        ExpressionAttributeValues: { ':now': passedAtMs, ':longest': passedAtMs + NOTICE_GATE_MS },
      });
      return (await unlessRefused(dynamo.send(put))) && { limit, passedAtMs };
    },
    confirm: (pass) => closeUntil(pass, pass.passedAtMs + NOTICE_GATE_MS),
    giveBack: (pass) => closeUntil(pass, pass.passedAtMs),
  };
}
