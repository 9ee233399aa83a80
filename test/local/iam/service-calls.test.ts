import { describe, expect, it } from 'vitest';
import { checkServiceCalls } from '../../../local/iam/service-calls.ts';
import { allow, arn, enforced, policy, type Resources, ref, role } from './iam-fixture.ts';

const lambda = (roleId: string, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Key: 'a.zip' }, Handler: 'i.h', Runtime: 'nodejs24.x', Role: arn(roleId), ...more },
});
const logs = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], arn('Logs'));
const logGroup = { Logs: { Type: 'AWS::Logs::LogGroup' } };
const working = {
  ...logGroup,
  Worker: lambda('WorkerRole', { LoggingConfig: { LogGroup: ref('Logs') } }),
  Queue: { Type: 'AWS::SQS::Queue' },
};
const permission = (Principal: string, more: object = {}) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { Action: 'lambda:InvokeFunction', FunctionName: arn('Worker'), Principal, ...more },
});
const workerRole = (...statements: object[]) => ({ WorkerRole: role('lambda', logs, ...statements) });
const sourceArn = (service: string, tail: unknown) => ({
  'Fn::Join': ['', [`arn:aws:${service}:`, ref('AWS::Region'), ':', ref('AWS::AccountId'), ':', tail]],
});

/** Faults that the start of this stack would name; empty when there are none. */
function faults(resources: Resources): string {
  const { iam, model } = enforced(resources);
  try {
    checkServiceCalls(model, iam);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const mapping = {
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arn('Queue'), FunctionName: ref('Worker') },
  },
};
const poll = allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arn('Queue'));

const api = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: arn('Worker'),
      PayloadFormatVersion: '2.0',
    },
  },
};
const route = (RouteKey: string) => ({
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId: ref('Api'), RouteKey, Target: { 'Fn::Join': ['', ['integrations/', ref('Integration')]] } },
  },
});
const fromApi = (tail: string) =>
  permission('apigateway.amazonaws.com', {
    SourceArn: sourceArn('execute-api', { 'Fn::Join': ['', [ref('Api'), tail]] }),
  });

const topic = { Topic: { Type: 'AWS::SNS::Topic' } };
const subscription = {
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('Queue') },
  },
};
const queuePolicy = (source: unknown) => ({
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [ref('Queue')],
      PolicyDocument: policy(
        allow('sqs:SendMessage', arn('Queue'), {
          Principal: { Service: 'sns.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': source } },
        }),
      ),
    },
  },
});
const alarm = { Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [ref('Topic')] } } };
const topicPolicy = (service: string) => ({
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: {
      Topics: [ref('Topic')],
      PolicyDocument: policy(allow('sns:Publish', ref('Topic'), { Principal: { Service: service } })),
    },
  },
});
const rule = (more: object = {}) => ({
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: { ScheduleExpression: 'rate(1 hour)', Targets: [{ Id: 'a', Arn: arn('Worker'), ...more }] },
  },
});
const schedule = {
  Schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: { ScheduleExpression: 'rate(1 hour)', Target: { Arn: arn('Worker'), RoleArn: arn('ScheduleRole') } },
  },
};
const machine = {
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { DefinitionString: '{}', RoleArn: arn('MachineRole') },
  },
};
const task = {
  Task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      TaskRoleArn: arn('TaskRole'),
      ExecutionRoleArn: arn('ExecutionRole'),
      ContainerDefinitions: [
        {
          Name: 'c',
          Image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/images:1',
          LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-group': ref('Logs') } },
        },
      ],
    },
  },
};
const pull = [
  allow(
    ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'],
    'arn:aws:ecr:us-east-1:000000000000:repository/images',
  ),
  allow('ecr:GetAuthorizationToken', '*'),
];
const invokeWorker = allow('lambda:InvokeFunction', arn('Worker'));

describe('checkServiceCalls', () => {
  const cases: [string, Resources, RegExp][] = [
    ['a function', { ...working, ...workerRole() }, /^$/],
    [
      'a function that may not log',
      { ...working, WorkerRole: role('lambda') },
      /Worker: .*logs:CreateLogStream on resource: .*log-group:Small-Logs:log-stream:/,
    ],
    [
      "a function with another service's role",
      { ...working, WorkerRole: role('states', logs) },
      /Worker: lambda.amazonaws.com may not assume .*role\/Small-WorkerRole/,
    ],
    ['a mapping', { ...working, ...mapping, ...workerRole(poll) }, /^$/],
    [
      'a mapping that may not receive',
      { ...working, ...mapping, ...workerRole() },
      /Mapping: .*sqs:receivemessage.*\nMapping: .*sqs:deletemessage.*\nMapping: .*sqs:getqueueattributes/,
    ],
    [
      'a destination',
      {
        ...working,
        ...workerRole(allow('sqs:SendMessage', arn('Queue'))),
        Worker: lambda('WorkerRole', { DeadLetterConfig: { TargetArn: arn('Queue') } }),
        WorkerRole: role('lambda', allow(['logs:*', 'sqs:SendMessage'], '*')),
      },
      /^$/,
    ],
    [
      'a destination that the role may not reach',
      {
        ...working,
        Worker: lambda('WorkerRole', { DeadLetterConfig: { TargetArn: arn('Queue') } }),
        WorkerRole: role('lambda', allow('logs:*', '*')),
      },
      /Worker: .*sqs:sendmessage/,
    ],
    [
      'a route',
      { ...working, ...workerRole(), ...api, ...route('ANY /sessions/{proxy+}'), P: fromApi('/*/*/sessions/{proxy+}') },
      /^$/,
    ],
    [
      'the default route',
      { ...working, ...workerRole(), ...api, ...route('$default'), P: fromApi('/$default/$default') },
      /^$/,
    ],
    [
      "a route with another's permission",
      { ...working, ...workerRole(), ...api, ...route('GET /health'), P: fromApi('/*/*/sessions') },
      /Route: User: apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: .*Small-Worker because no resource-based policy/,
    ],
    ['a subscription', { ...working, ...workerRole(), ...topic, ...subscription, ...queuePolicy(ref('Topic')) }, /^$/],
    [
      "a subscription with another topic's policy",
      {
        ...working,
        ...workerRole(),
        ...topic,
        ...subscription,
        ...queuePolicy('arn:aws:sns:us-east-1:000000000000:Other'),
      },
      /Subscription: User: sns.amazonaws.com .*sqs:sendmessage/,
    ],
    ['an alarm', { ...topic, ...alarm, ...topicPolicy('cloudwatch.amazonaws.com') }, /^$/],
    ['an alarm of a topic without a policy', { ...topic, ...alarm }, /^$/],
    [
      'an alarm that the topic does not know',
      { ...topic, ...alarm, ...topicPolicy('events.amazonaws.com') },
      /Alarm: User: cloudwatch.amazonaws.com .*SNS:Publish/,
    ],
    [
      'a rule',
      { ...working, ...workerRole(), ...rule(), P: permission('events.amazonaws.com', { SourceArn: arn('Rule') }) },
      /^$/,
    ],
    ['a rule without a permission', { ...working, ...workerRole(), ...rule() }, /Rule: User: events.amazonaws.com/],
    [
      'a rule with a role',
      { ...working, ...workerRole(), ...rule({ RoleArn: arn('RuleRole') }), RuleRole: role('events', invokeWorker) },
      /^$/,
    ],
    [
      'a rule with a role that may not',
      { ...working, ...workerRole(), ...rule({ RoleArn: arn('RuleRole') }), RuleRole: role('events') },
      /Rule: .*lambda:InvokeFunction/,
    ],
    ['a schedule', { ...working, ...workerRole(), ...schedule, ScheduleRole: role('scheduler', invokeWorker) }, /^$/],
    [
      "a schedule with another service's role",
      { ...working, ...workerRole(), ...schedule, ScheduleRole: role('lambda', invokeWorker) },
      /Schedule: scheduler.amazonaws.com may not assume/,
    ],
    ['a machine', { ...machine, MachineRole: role('states') }, /^$/],
    [
      "a machine with another service's role",
      { ...machine, MachineRole: role('lambda') },
      /Machine: states.amazonaws.com may not assume/,
    ],
    [
      'a task',
      { ...logGroup, ...task, TaskRole: role('ecs-tasks'), ExecutionRole: role('ecs-tasks', logs, ...pull) },
      /^$/,
    ],
    [
      'a task whose image may not be pulled',
      { ...logGroup, ...task, TaskRole: role('ecs-tasks'), ExecutionRole: role('ecs-tasks', logs) },
      /Task: .*ecr:BatchCheckLayerAvailability(.|\n)*ecr:GetAuthorizationToken/,
    ],
    [
      "a task with a function's role",
      { ...logGroup, ...task, TaskRole: role('lambda'), ExecutionRole: role('ecs-tasks', logs, ...pull) },
      /Task: ecs-tasks.amazonaws.com may not assume .*Small-TaskRole/,
    ],
  ];

  it.each(cases)('checks what AWS does for %s', (_what, resources, message) => {
    expect(faults(resources)).toMatch(message);
  });

  it('adds up the permissions of a function', () => {
    const twoUses = { ...working, ...workerRole(), ...rule(), ...api, ...route('$default') };
    const permissions = { P: permission('apigateway.amazonaws.com'), Q: permission('events.amazonaws.com') };
    expect(faults({ ...twoUses, ...permissions })).toBe('');
  });

  it('sees the conditions under which a role may be taken on', () => {
    const { Type, Properties } = role('states');
    const [statement] = Properties.AssumeRolePolicyDocument.Statement;
    const Condition = { ArnLike: { 'aws:SourceArn': sourceArn('states', 'stateMachine:Other') } };
    const AssumeRolePolicyDocument = policy({ ...statement, Condition });
    const MachineRole = { Type, Properties: { ...Properties, AssumeRolePolicyDocument } };
    expect(faults({ ...machine, MachineRole })).toMatch(/may not assume/);
  });
});
