import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { OPERATOR_ACCESS_KEY } from '../../local/iam/iam.ts';

/** SDK clients of a running Pombo's emulated AWS, with an operator's credentials. */
export interface OperatorClients {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  readonly states: SFNClient;
  close(): void;
}

const RunSchema = z.object({ awsEndpoint: z.string() });

/** @param data folder of a Pombo that runs */
export async function operatorClients(data: string): Promise<OperatorClients> {
  const { awsEndpoint: endpoint } = RunSchema.parse(JSON.parse(await readFile(path.join(data, 'run.json'), 'utf8')));
  const credentials = { accessKeyId: OPERATOR_ACCESS_KEY, secretAccessKey: OPERATOR_ACCESS_KEY };
  const config = { endpoint, region: 'us-east-1', credentials };
  const clients = {
    sqs: new SQSClient(config),
    s3: new S3Client(config),
    dynamo: new DynamoDBClient(config),
    states: new SFNClient(config),
  };
  return {
    ...clients,
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
