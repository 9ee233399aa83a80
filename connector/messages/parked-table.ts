import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  type MessageHead,
  MessageHeadSchema,
  type OutboundContent,
  OutboundContentSchema,
} from '#core/contracts/outbound-command.ts';
import type { SessionUid } from '#core/domain/ids.ts';
import { TableKeys, TTL_ATTRIBUTE } from '#core/resource-names.ts';

/** A message that waits in the table for its session, or for its time. */
export interface ParkedMessage {
  readonly command: MessageHead;
  /** Undefined: of a kind that only another release knows. */
  readonly content: OutboundContent | undefined;
  /** Name of the chat, as in message group ids. */
  readonly chat: string;
  /** SQS's number of the command: order within the chat. */
  readonly sequence: string;
  /** When it fails, milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** Not to go before; absent once that time has come. Milliseconds since the epoch. */
  readonly dueMs?: number;
  /** It may have left already, without an acknowledgement. */
  readonly attempted?: boolean;
}

/** Why and until when a session writes to nobody who has not written before. */
export interface ColdPauseRow {
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  /** How many pauses in a row. */
  readonly level: number;
}

/** What the memory holds of a parked message. */
export type ParkedGlance =
  | { readonly type: 'waiting'; readonly chat: string; readonly expiresAtMs: number }
  | { readonly type: 'later'; readonly dueMs: number }
  | { readonly type: 'pause'; readonly pause: ColdPauseRow };

/**
 * Messages that can't go now (D5), in the messages table: those of a chat in the order in which the queue took them, those of
 * a later time by their time. A message is put under the same key however often its command comes, so twice is once.
 */
export interface ParkedTable {
  put(message: ParkedMessage): Promise<void>;
  remove(message: ParkedMessage): Promise<void>;
  /** The first `limit` of a chat, those behind `after` if given. Strongly consistent. */
  ofChat(sessionUid: SessionUid, chat: string, limit: number, after?: ParkedMessage): Promise<readonly ParkedMessage[]>;
  /** The first `limit` of a later time, by their time. */
  later(sessionUid: SessionUid, limit: number): Promise<readonly ParkedMessage[]>;
  /** The first `limit` of either kind. */
  any(sessionUid: SessionUid, limit: number): Promise<readonly ParkedMessage[]>;
  /** All of a session, page by page, with its pause. */
  glances(sessionUid: SessionUid): AsyncIterable<readonly ParkedGlance[]>;
  /** Undefined ends the pause. */
  putPause(sessionUid: SessionUid, pause: ColdPauseRow | undefined): Promise<void>;
}

const { pk, sk } = TableKeys.messages;
const PARKED = 'parked#';
const CHAT = `${PARKED}chat#`;
const LATER = `${PARKED}later#`;
const PAUSE = 'parked#pause';
/** AWS: a sequence number has up to 128 bits. */
const SEQUENCE_DIGITS = 39;
const TIME_DIGITS = 16;
/** Rows outlive the messages, so that a connector that was away for long still tells their failure, seconds. */
const KEPT_AFTER_S = 30 * 24 * 60 * 60;

const RowSchema = z.object({
  [sk]: z.string(),
  command: z.string(),
  expiresAtMs: z.number(),
  attempted: z.boolean().optional(),
});
const ContentSchema = z.object({ content: z.unknown() });
const PauseSchema = z.object({ untilMs: z.number(), level: z.number() });

const ordered = (sequence: string): string => sequence.padStart(SEQUENCE_DIGITS, '0');
const placeOf = (chat: string, sequence: string): string => `${chat}#${ordered(sequence)}`;

function keyOf({ chat, sequence, dueMs }: ParkedMessage): string {
  const place = placeOf(chat, sequence);
  return dueMs === undefined ? `${CHAT}${place}` : `${LATER}${String(dueMs).padStart(TIME_DIGITS, '0')}#${place}`;
}

/** The parts of a key of a message. */
function partsOf(key: string): Pick<ParkedMessage, 'chat' | 'sequence' | 'dueMs'> {
  const parts = key.slice(PARKED.length).split('#');
  const [chat = '', sequence = ''] = parts.slice(-2);
  const plain = { chat, sequence: sequence.replace(/^0+(?=.)/, '') };
  return key.startsWith(LATER) ? { ...plain, dueMs: Number(parts[1]) } : plain;
}

function messageOf(item: Readonly<Record<string, unknown>>): ParkedMessage {
  const { [sk]: key, command, expiresAtMs, attempted } = RowSchema.parse(item);
  const json: unknown = JSON.parse(command);
  const { data: content } = OutboundContentSchema.safeParse(ContentSchema.parse(json).content);
  const common = { command: MessageHeadSchema.parse(json), content, expiresAtMs };
  return { ...partsOf(key), ...common, ...(attempted !== undefined && { attempted }) };
}

function glanceOf(item: Readonly<Record<string, unknown>>): ParkedGlance {
  const key = String(item[sk]);
  if (key === PAUSE) return { type: 'pause', pause: PauseSchema.parse(item) };
  const { chat, dueMs } = partsOf(key);
  return dueMs === undefined
    ? { type: 'waiting', chat, expiresAtMs: Number(item['expiresAtMs']) }
    : { type: 'later', dueMs };
}

export function makeParkedTable(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): ParkedTable {
  const { dynamo, tableName: TableName } = options;
  const put = (sessionUid: SessionUid, key: string, row: { readonly endsMs: number } & object): Promise<unknown> => {
    const { endsMs, ...rest } = row;
    const Item = { ...rest, [pk]: sessionUid, [sk]: key, [TTL_ATTRIBUTE]: Math.ceil(endsMs / 1000) + KEPT_AFTER_S };
    return dynamo.send(new PutCommand({ TableName, Item }));
  };
  const remove = (sessionUid: SessionUid, key: string): Promise<unknown> =>
    dynamo.send(new DeleteCommand({ TableName, Key: { [pk]: sessionUid, [sk]: key } }));
  const first = async (sessionUid: SessionUid, prefix: string, limit: number, after?: string) => {
    const { Items = [] } = await dynamo.send(
      new QueryCommand({ ...within(TableName, sessionUid, prefix, after), Limit: limit }),
    );
    return Items.filter((item) => item[sk] !== PAUSE).map(messageOf);
  };
  return {
    async put(message) {
      const { command, content, expiresAtMs, attempted } = message;
      const json = JSON.stringify({ ...command, content });
      const row = { endsMs: expiresAtMs, command: json, expiresAtMs, ...(attempted && { attempted }) };
      await put(command.sessionUid, keyOf(message), row);
    },
    async remove(message) {
      await remove(message.command.sessionUid, keyOf(message));
    },
    ofChat: (sessionUid, chat, limit, after) => first(sessionUid, `${CHAT}${chat}#`, limit, after && keyOf(after)),
    later: (sessionUid, limit) => first(sessionUid, LATER, limit),
    any: (sessionUid, limit) => first(sessionUid, PARKED, limit),
    async *glances(sessionUid) {
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await dynamo.send(
          new QueryCommand({
            ...within(TableName, sessionUid, PARKED),
            ProjectionExpression: '#sk, expiresAtMs, untilMs, #level',
            ExpressionAttributeNames: { '#pk': pk, '#sk': sk, '#level': 'level' },
            ExclusiveStartKey,
          }),
        );
        yield (page.Items ?? []).map(glanceOf);
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
    },
    async putPause(sessionUid, pause) {
      await (pause ? put(sessionUid, PAUSE, { endsMs: pause.untilMs, ...pause }) : remove(sessionUid, PAUSE));
    },
  };
}

/** A query of the keys that begin with `prefix`, those behind `after` if given. */
function within(TableName: string, sessionUid: SessionUid, prefix: string, after?: string) {
  return {
    TableName,
    ConsistentRead: true,
    KeyConditionExpression:
      after === undefined ? '#pk = :pk AND begins_with(#sk, :from)' : '#pk = :pk AND #sk BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#pk': pk, '#sk': sk },
    ExpressionAttributeValues: {
      ':pk': sessionUid,
      // The character behind all digits and letters ends the prefix; a NUL is the next key behind `after`.
      ...(after === undefined ? { ':from': prefix } : { ':from': `${after}\0`, ':to': `${prefix}~` }),
    },
  };
}
