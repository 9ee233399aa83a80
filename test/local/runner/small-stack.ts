import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/**
 * A small cloud assembly as CDK writes them: an API in front of a FIFO queue, a function behind it that writes to a table,
 * a schedule, a state machine that waits, a container. It keeps the runner's tests apart from the product's stack.
 */
const FUNCTIONS = `
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const sqs = new SQSClient({}), dynamo = new DynamoDBClient({}), states = new SFNClient({}), s3 = new S3Client({});
const { QUEUE, TABLE, MACHINE, BUCKET } = process.env;
const put = (id, text) => dynamo.send(new PutItemCommand({ TableName: TABLE, Item: { id: { S: id }, text: { S: text } } }));
export const accept = async ({ rawPath, body }) => {
  process.stdout.write(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Small', Dimensions: [['Path']], Metrics: [{ Name: 'Asked' }] }] }, Path: rawPath, Asked: [1, 2] }) + '\\n');
  if (rawPath === '/later') {
    await states.send(new StartExecutionCommand({ stateMachineArn: MACHINE, input: body }));
    return { statusCode: 202 };
  }
  if (rawPath === '/object') {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: body }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }));
    return { statusCode: 200, body: await Body.transformToString() };
  }
  const { group, text } = JSON.parse(body);
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: text, MessageGroupId: group, MessageDeduplicationId: text }));
  return { statusCode: 202, body: JSON.stringify({ id: sent.MessageId }) };
};
export const work = async ({ Records }) => {
  const failed = [];
  for (const { body, messageId, attributes } of Records) {
    if (failed.length > 0 || (body === 'poison' && attributes.ApproximateReceiveCount === '1')) failed.push({ itemIdentifier: messageId });
    else { await put(body, attributes.MessageGroupId); console.log(JSON.stringify({ level: 'INFO', message: 'wrote ' + body })); }
  }
  return { batchItemFailures: failed };
};
export const tick = async (event) => { await put('tick', event.time ?? event.said); };
`;

const CONTAINER = `
import { writeFileSync } from 'node:fs';
console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Small', Dimensions: [[]], Metrics: [{ Name: 'Started', Unit: 'Count' }] }] }, Started: 1 }));
console.log(JSON.stringify({ level: 30, msg: 'container up', table: process.env.TABLE, whatsapp: process.env.POMBO_WHATSAPP_URL, key: process.env.AWS_ACCESS_KEY_ID }));
process.on('SIGTERM', () => process.exit(0));
setInterval(() => {}, 3_600_000);
`;

const ref = (Ref: string) => ({ Ref });
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const fn = (handler: string, Variables: object) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: { 'Fn::Sub': 'assets' }, S3Key: 'c0de.zip' },
    Handler: `index.${handler}`,
    Runtime: 'nodejs24.x',
    MemorySize: 128,
    Timeout: 20,
    Role: arn(`${handler}Role`),
    Environment: { Variables },
  },
});
const policy = (Statement: object) => ({ Version: '2012-10-17', Statement });
const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const role = (service: string, ...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }),
    ...(service === 'lambda.amazonaws.com' && {
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    }),
    Policies: statements.length === 0 ? [] : [{ PolicyName: 'own', PolicyDocument: policy(statements) }],
  },
});
const permission = (id: string, Principal: string) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { Action: 'lambda:InvokeFunction', FunctionName: ref(id), Principal },
});

const RESOURCES = {
  acceptRole: role(
    'lambda.amazonaws.com',
    allow('sqs:SendMessage', arn('Queue')),
    allow('states:StartExecution', ref('Machine')),
    allow(['s3:PutObject', 's3:GetObject'], { 'Fn::Join': ['', [arn('Bucket'), '/*']] }),
  ),
  workRole: role(
    'lambda.amazonaws.com',
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arn('Queue')),
    allow('dynamodb:PutItem', arn('Table')),
  ),
  tickRole: role('lambda.amazonaws.com', allow('dynamodb:PutItem', arn('Table'))),
  machineRole: role('states.amazonaws.com', allow('lambda:InvokeFunction', arn('Tick'))),
  taskRole: role('ecs-tasks.amazonaws.com'),
  RulePermission: permission('Tick', 'events.amazonaws.com'),
  RoutePermission: permission('Accept', 'apigateway.amazonaws.com'),
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [{ Region: ref('AWS::Region') }],
    },
  },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
  Key: { Type: 'AWS::KMS::Key', Properties: { Description: 'secrets' } },
  Dead: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      FifoQueue: true,
      VisibilityTimeout: 120,
      RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 3 },
    },
  },
  Accept: fn('accept', { QUEUE: ref('Queue'), MACHINE: ref('Machine'), BUCKET: ref('Bucket'), KEY: ref('Key') }),
  Work: fn('work', { TABLE: ref('Table') }),
  Tick: fn('tick', { TABLE: ref('Table') }),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: arn('Queue'),
      FunctionName: ref('Work'),
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
  },
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: arn('machineRole'),
      DefinitionString: {
        'Fn::Join': [
          '',
          [
            '{"QueryLanguage":"JSONata","StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":3600,"Next":"Tick"},' +
              '"Tick":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"',
            arn('Tick'),
            '","Payload":"{% $states.input %}"},"End":true}}}',
          ],
        ],
      },
    },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: { ScheduleExpression: 'cron(0 3 * * ? *)', Targets: [{ Id: 'a', Arn: arn('Tick') }] },
  },
  Topic: { Type: 'AWS::SNS::Topic' },
  Mail: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('Topic'), Protocol: 'email', Endpoint: 'ops@example.com' },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: ref('Api'), StageName: '$default', AutoDeploy: true },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: arn('Accept'),
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: ref('Api'),
      RouteKey: '$default',
      Target: { 'Fn::Join': ['', ['integrations/', ref('Integration')]] },
    },
  },
  Cluster: { Type: 'AWS::ECS::Cluster' },
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      Cpu: '256',
      Memory: '512',
      TaskRoleArn: arn('taskRole'),
      ContainerDefinitions: [
        {
          Name: 'Connector',
          Essential: true,
          Image: { 'Fn::Sub': 'repository:1mage' },
          Command: ['node', 'main.mjs'],
          Environment: [{ Name: 'TABLE', Value: ref('Table') }],
          StopTimeout: 120,
        },
      ],
    },
  },
  ConnectorService: {
    Type: 'AWS::ECS::Service',
    Properties: { Cluster: ref('Cluster'), TaskDefinition: ref('Task'), DesiredCount: 1 },
  },
};

/** Writes the assembly. Returns its folder. @param change makes another template of the stack's */
export async function writeSmallStack(
  folder: string,
  change: (resources: typeof RESOURCES) => object = (resources) => resources,
): Promise<string> {
  const write = (file: string, content: string | object): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  write('manifest.json', {
    version: '55.0.0',
    artifacts: {
      'Small.assets': { type: 'cdk:asset-manifest', properties: { file: 'Small.assets.json' } },
      Small: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Small.template.json' } },
    },
  });
  write('Small.assets.json', {
    files: { c0de: { source: { path: 'asset.c0de', packaging: 'zip' } } },
    dockerImages: { '1mage': { source: { directory: 'asset.1mage' } } },
  });
  write('Small.template.json', {
    Resources: change(RESOURCES),
    Outputs: { ApiUrl: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } },
  });
  write('asset.1mage/main.mjs', CONTAINER);
  await build({
    stdin: { contents: FUNCTIONS, resolveDir: import.meta.dirname },
    outfile: path.join(folder, 'asset.c0de/index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return folder;
}
