import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { REQUEST_LIMITS } from './request-limits.ts';

/** A DynamoDB client that takes and gives plain objects; attributes that are `undefined` are left out. */
export function makeDocumentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: REQUEST_LIMITS }), {
    marshallOptions: { removeUndefinedValues: true },
  });
}
