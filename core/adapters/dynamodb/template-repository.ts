import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { type TemplateRow, TemplateRowSchema } from '../../contracts/rows/template-row.ts';
import type { AccountId, TemplateId } from '../../domain/ids.ts';
import { TableKeys } from '../../resource-names.ts';
import { unlessRefused } from './unless-refused.ts';

/** Message templates, by account. */
export interface TemplateRepository {
  /** All templates of the account, strongly consistent, ordered by id. There are few: an account has at most 250. */
  list(accountId: AccountId): Promise<readonly TemplateRow[]>;
  /** Half a read unit for each 4 KB. */
  get(accountId: AccountId, templateId: TemplateId): Promise<TemplateRow | undefined>;
  /** @returns false if there is one with this name and language */
  create(row: TemplateRow): Promise<boolean>;
  /** Writes a template anew. @returns false if it is gone */
  replace(row: TemplateRow): Promise<boolean>;
  /** @returns false if there was none */
  remove(accountId: AccountId, templateId: TemplateId): Promise<boolean>;
}

const { pk, sk } = TableKeys.templates;

export function makeTemplateRepository(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}): TemplateRepository {
  const { dynamo, tableName: TableName } = options;
  const names = { '#pk': pk };
  const put = async (Item: TemplateRow, ConditionExpression: string): Promise<boolean> => {
    const command = new PutCommand({ TableName, Item, ConditionExpression, ExpressionAttributeNames: names });
    return (await unlessRefused(dynamo.send(command))) !== undefined;
  };
  return {
    async list(accountId) {
      const rows: TemplateRow[] = [];
      const query = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':pk': accountId },
      };
      for await (const page of paginateQuery({ client: dynamo }, query)) {
        for (const item of page.Items ?? []) rows.push(TemplateRowSchema.parse(item));
      }
      return rows;
    },
    async get(accountId, templateId) {
      const Key = { [pk]: accountId, [sk]: templateId };
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && TemplateRowSchema.parse(Item);
    },
    create: (row) => put(row, 'attribute_not_exists(#pk)'),
    replace: (row) => put(row, 'attribute_exists(#pk)'),
    async remove(accountId, templateId) {
      const Key = { [pk]: accountId, [sk]: templateId };
      const { Attributes } = await dynamo.send(new DeleteCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
      return Attributes !== undefined;
    },
  };
}
