import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { SessionUid } from '#core/domain/ids.ts';
import { TableKeys } from '#core/resource-names.ts';
import { INBOUND } from './message-row.ts';

const { pk, sk } = TableKeys.messages;
/** A jid is `<user>@<server>`; phone numbers are users of this server. */
const PHONE = /^(\d+)@s\.whatsapp\.net$/;

/**
 * Phone numbers, digits, of everybody who wrote to a session in private, as far as its rows reach back; some more than once.
 * Reads all rows of received messages, so ask rarely.
 */
export function makePrivateWriters(options: { readonly dynamo: DynamoDBDocumentClient; readonly tableName: string }) {
  const { dynamo: client, tableName: TableName } = options;
  return async function* (sessionUid: SessionUid): AsyncIterable<string> {
    const query = {
      TableName,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :inbound)',
      ProjectionExpression: 'author, authorAlt, chat, fromMe',
      ExpressionAttributeNames: { '#pk': pk, '#sk': sk },
      ExpressionAttributeValues: { ':pk': sessionUid, ':inbound': INBOUND },
    };
    for await (const { Items = [] } of paginateQuery({ client }, query)) yield* Items.flatMap(phonesOf);
  };
}

/** Of a row of a received message: none if it came over a group or was written by the session's own number. */
function phonesOf({ author, authorAlt, chat, fromMe }: Readonly<Record<string, unknown>>): string[] {
  if (fromMe === true || String(chat).endsWith('@g.us')) return [];
  return [author, authorAlt].flatMap((jid) => PHONE.exec(String(jid))?.[1] ?? []);
}
