import { DatabaseSync } from 'node:sqlite';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GenerateRandomCommand, KMSClient } from '@aws-sdk/client-kms';
import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsServer, type AwsService, startAwsServer } from '../../../local/aws/aws-server.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { CloudWatchService } from '../../../local/cloudwatch/cloudwatch-service.ts';
import { MetricStore } from '../../../local/cloudwatch/metric-store.ts';
import { KmsService } from '../../../local/kms/kms-service.ts';
import { SnsService } from '../../../local/sns/sns-service.ts';
import { SqsService } from '../../../local/sqs/sqs-service.ts';
import { StepFunctions } from '../../../local/states/step-functions.ts';
import { enforced, NOW_MS, role } from './iam-fixture.ts';

const QUEUE = { name: 'work', properties: {} };
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:alarms';
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Retry';

describe('accessDenied', () => {
  let server: AwsServer;
  const { iam } = enforced({ Role: role('lambda') });
  const clock = new VirtualClock(NOW_MS);
  const sqs = new SqsService({
    clock,
    database: new DatabaseSync(':memory:'),
    endpoint: () => server.endpoint,
    authorize: iam.authorize,
  });
  const ways = { toQueue: () => {}, toFunction: () => Promise.resolve(), toMailbox: () => {} };
  const shared = { clock, authorize: iam.authorize };
  const sns = new SnsService({ ...shared, database: new DatabaseSync(':memory:'), ways });
  const tasks = { invoke: () => Promise.reject(new Error('nothing runs')) };
  const states = new StepFunctions({ ...shared, database: new DatabaseSync(':memory:'), tasks });
  const kms = new KmsService({ ...shared, database: new DatabaseSync(':memory:') });
  const monitoring = new CloudWatchService({ store: new MetricStore(clock), authorize: iam.authorize });
  const defects: unknown[] = [];

  beforeAll(async () => {
    const services = new Map<string, AwsService>(Object.entries({ sqs, sns, states, kms, monitoring }));
    server = await startAwsServer({ services, onDefect: (error) => defects.push(error) });
    sqs.ensureQueues([QUEUE]);
    sns.createTopic('alarms', {});
  });
  afterAll(async () => {
    expect(defects).toEqual([]);
    await server.close();
    for (const service of [sns, states, sqs]) service.close();
  });

  const config = (accessKeyId = 'Role') => ({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const send = (accessKeyId?: string): Promise<unknown> =>
    new SQSClient(config(accessKeyId)).send(
      new SendMessageCommand({ QueueUrl: sqs.queueUrl(QUEUE.name), MessageBody: 'x' }),
    );
  const sentence = (action: string): unknown =>
    expect.stringMatching(
      new RegExp(`^User: arn:.*:assumed-role/Small-Role/local is not authorized to perform: ${action} on resource: `),
    );

  it('is what the SDK knows from each service', async () => {
    const range = { StartTime: new Date(NOW_MS - 1), EndTime: new Date(NOW_MS), MetricDataQueries: [] };
    const start = new StartExecutionCommand({ stateMachineArn: MACHINE });
    await expect(send()).rejects.toMatchObject({
      name: 'AccessDenied',
      message: sentence('sqs:sendmessage'),
      $metadata: { httpStatusCode: 403 },
    });
    await expect(
      new SNSClient(config()).send(new PublishCommand({ TopicArn: TOPIC, Message: 'x' })),
    ).rejects.toMatchObject({ name: 'AuthorizationErrorException', message: sentence('SNS:Publish') });
    await expect(new SFNClient(config()).send(start)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: sentence('states:StartExecution'),
    });
    await expect(new KMSClient(config()).send(new GenerateRandomCommand({ NumberOfBytes: 1 }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: sentence('kms:GenerateRandom'),
    });
    await expect(new CloudWatchClient(config()).send(new GetMetricDataCommand(range))).rejects.toMatchObject({
      name: expect.stringMatching(/^AccessDenied/),
      message: sentence('cloudwatch:GetMetricData'),
    });
    expect(sqs.depth(QUEUE.name).visible).toBe(0);
  });

  it('does not tell who answers a task that nobody waits for', async () => {
    const answer = new SendTaskSuccessCommand({ taskToken: 'unknown', output: '{}' });
    await expect(new SFNClient(config()).send(answer)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('is another error for an access key that nobody has', async () => {
    await expect(send('stranger')).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });
});
