import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

/** A table in which this row is already: it refuses to put one in its place. */
export const tableWith = (there: object): DynamoDBDocumentClient =>
  ({
    async send(command: unknown) {
      if (!(command instanceof PutCommand)) return { Item: there };
      throw new ConditionalCheckFailedException({ message: 'there is one', $metadata: {} });
    },
  }) as unknown as DynamoDBDocumentClient;
