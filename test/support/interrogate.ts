import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '#core/domain/clock.ts';
import { OPERATOR_ACCESS_KEY } from '../../local/iam/iam.ts';
import { readKeyUses } from '../../local/iam/key-use.ts';
import type { Runner } from '../../local/runner.ts';
import type { WallClockTraces } from './wall-clock-traces.ts';

/** A client of the AWS SDK. */
export type ClientOf<T> = new (config: object) => T;

/** A client of the operator, whose own clock is the runner's too. */
export function operatorClient<T>({ awsEndpoint }: Runner, clock: Clock, Client: ClientOf<T>): T {
  return new Client({
    endpoint: awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: OPERATOR_ACCESS_KEY, secretAccessKey: OPERATOR_ACCESS_KEY },
    systemClockOffset: clock.now() - Date.now(),
    maxAttempts: 1,
  });
}

/** Asks every service for what it knows, so that `traces` sees it. */
export async function interrogate(runner: Runner, clock: Clock, traces: WallClockTraces): Promise<void> {
  const client = <T>(Client: ClientOf<T>): T => operatorClient(runner, clock, Client);
  const says = async (source: string, answer: Promise<object>): Promise<void> => {
    const { $metadata: _, ...said } = (await answer) as { $metadata: unknown };
    traces.note(source, said);
  };
  const dynamo = client(DynamoDBClient);
  const keyUses = readKeyUses(runner.model);
  for (const { arn, name } of runner.model.all('AWS::DynamoDB::GlobalTable')) {
    // What lies under the ledger's key nobody reads but the connector.
    if (keyUses('dynamodb:Scan', arn).length === 0)
      await says('rows', dynamo.send(new ScanCommand({ TableName: name })));
    await says('tables', dynamo.send(new DescribeTableCommand({ TableName: name })));
  }
  const sqs = client(SQSClient);
  for (const { name } of runner.model.all('AWS::SQS::Queue')) {
    const QueueUrl = runner.emulators.sqs.queueUrl(name);
    await says('queues', sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })));
    await says(
      'messages',
      sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], VisibilityTimeout: 0 })),
    );
  }
  const states = client(SFNClient);
  for (const { arn: stateMachineArn } of runner.emulators.states.machines()) {
    const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn }));
    for (const { executionArn } of executions) {
      await says('executions', states.send(new DescribeExecutionCommand({ executionArn })));
      await says('history', states.send(new GetExecutionHistoryCommand({ executionArn })));
    }
  }
  await says('alarms', client(CloudWatchClient).send(new DescribeAlarmsCommand({})));
  for (const { name } of runner.alarms.alarms) traces.note('alarm history', runner.alarms.history(name));
  for (const { name } of runner.model.all('AWS::S3::Bucket'))
    await says('objects', client(S3Client).send(new HeadObjectCommand({ Bucket: name, Key: 'up/photo' })));
  for (const { arn } of runner.model.all('AWS::KMS::Key'))
    await says('keys', client(KMSClient).send(new DescribeKeyCommand({ KeyId: arn })));
}
