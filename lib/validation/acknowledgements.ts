import { type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of cdk-nag that is as we want it. */
export interface Acknowledgement {
  /** Rule, with the finding in brackets where one rule has several. */
  readonly rule: string;
  /** Paths of constructs below the stack; what is inside them is meant too. */
  readonly on: readonly string[];
  readonly reason: string;
}

const API_FUNCTIONS = ['Docs', 'Graph', 'Sessions', 'Webhooks', 'Deliveries', 'Health', 'Media/Files'].map(
  (id) => `Api/${id}`,
);
const QUEUE_FUNCTIONS = ['WebhookDelivery/Deliver', 'DeadCommands/Function'];
/** Called by state machines. */
const STEP_FUNCTIONS = [
  'WebhookDelivery/RetryDelivery',
  'WebhookDelivery/FinalizeDelivery',
  'WebhookDelivery/RecoverEndpoint',
  'Api/Replay/Slice',
];
const FUNCTIONS = [...API_FUNCTIONS, ...QUEUE_FUNCTIONS, ...STEP_FUNCTIONS];
const MACHINES = ['WebhookDelivery/WebhookRetry', 'WebhookDelivery/EndpointRecovery', 'Api/Replay/Machine'];
/** Started by the API, which does not wait. */
const FETCH_MEDIA = 'Api/Media/Fetch';
const EACH_MINUTE = 'Monitoring/QueueStats';

/**
 * Every finding that we live with, and why. One by one and on the construct itself: the same finding on something new is a
 * new finding, and fails the synthesis.
 */
export const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  {
    rule: 'AwsSolutions-S1',
    on: ['Data/Media'],
    reason:
      'Access logs would name every file of every customer in a second bucket. Objects are reached by the roles of this stack and by presigned URLs only; who wants a trail has data events of CloudTrail.',
  },
  {
    // There with the option failureEmail only; the subscription's own path carries the address.
    rule: 'Serverless-SNSRedrivePolicy',
    on: ['Failures/Topic'],
    reason:
      'A mail that can not be delivered has nobody who would read its copy in a queue. SNS tries a mailbox for hours, and the alarm itself stays visible in CloudWatch.',
  },
  {
    rule: 'AwsSolutions-SF1',
    on: MACHINES,
    reason:
      'Every attempt leaves a row and a log line of its function. A log of all states says the same again, is billed by the byte, and needs a policy on all logs of the account.',
  },
  {
    rule: 'AwsSolutions-SF2',
    on: MACHINES,
    reason: 'Traces cost more than the deliveries they show; the traceId of a request is in every log line instead.',
  },
  {
    rule: 'Serverless-StepFunctionStateMachineXray',
    on: MACHINES,
    reason: 'As AwsSolutions-SF2.',
  },
  {
    rule: 'Serverless-LambdaTracing',
    on: [...FUNCTIONS, EACH_MINUTE, FETCH_MEDIA],
    reason: 'As AwsSolutions-SF2; tracing would also give each function a right on all of X-Ray.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    on: FUNCTIONS,
    reason:
      'Nobody invokes them asynchronously, and only such calls reach a dead-letter queue: the gateway and Step Functions wait for the answer, SQS redrives by itself.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    on: [EACH_MINUTE],
    reason: 'Its input is empty: the next minute does what this one could not.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    on: [FETCH_MEDIA],
    reason:
      'Who waits for the file waits a minute and then fails its message with a status (131052). A copy of the event in a queue would help nobody after that.',
  },
  {
    rule: 'Serverless-EventBusDLQ',
    on: ['Monitoring/EachMinute'],
    reason: 'As Serverless-LambdaDLQ of the function that it calls.',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    on: QUEUE_FUNCTIONS,
    reason:
      'Destinations are for streams. The queues redrive what fails to their dead-letter queues, which have alarms.',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    on: [
      'Queues/OutboundDeadLetters',
      'Queues/Events/DeadLetters',
      'Queues/Bulk/DeadLetters',
      'WebhookDelivery/DeadDeliveries',
    ],
    reason: 'They are the dead-letter queues.',
  },
  {
    rule: 'AwsSolutions-SQS3',
    on: ['WebhookDelivery/DeadDeliveries'],
    reason: 'A dead-letter queue that a function fills: deliveries whose receivers have refused them to the end.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    on: ['Api/Http/Gateway'],
    reason:
      'The function checks the API key, so that a wrong one is answered in the shape that clients of the Cloud API understand (D2). Health and documentation are for everybody.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    on: ['Api/HealthServiceRole'],
    reason: 'cloudwatch:GetMetricData takes no resource; it reads the age of the oldest message in each queue.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    on: ['Connector/Task/ExecutionRole'],
    reason: 'ecr:GetAuthorizationToken takes no resource; what it may pull is named.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<WebhookDeliveryRetryDeliveryC80C587B.Arn>:*]',
    on: ['WebhookDelivery/WebhookRetry/Role'],
    reason: 'Versions of the one function that the machine invokes.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<WebhookDeliveryFinalizeDelivery8360CA74.Arn>:*]',
    on: ['WebhookDelivery/WebhookRetry/Role'],
    reason: 'Versions of the one function that the machine invokes at its end.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<WebhookDeliveryRecoverEndpoint35CDCE07.Arn>:*]',
    on: ['WebhookDelivery/EndpointRecovery/Role'],
    reason: 'Versions of the one function that the machine invokes.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<ApiReplaySliceE26CF729.Arn>:*]',
    on: ['Api/Replay/Machine/Role'],
    reason: 'Versions of the one function that the machine invokes.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<DataSessionsF705E00F.Arn>/index/*]',
    on: [
      'Api/DeliveriesServiceRole',
      'Api/GraphServiceRole',
      'Api/SessionsServiceRole',
      'Api/WebhooksServiceRole',
      'Api/HealthServiceRole',
      'DeadCommands/FunctionServiceRole',
      'Connector/Task/TaskRole',
    ],
    reason: 'The two indexes of the one table that the grant is for.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<DataEndpoints2127532B.Arn>/index/*]',
    on: [
      'Api/DeliveriesServiceRole',
      'Api/GraphServiceRole',
      'Api/Replay/SliceServiceRole',
      'Api/SessionsServiceRole',
      'Api/WebhooksServiceRole',
      'WebhookDelivery/DeliverServiceRole',
      'WebhookDelivery/RetryDeliveryServiceRole',
      'WebhookDelivery/FinalizeDeliveryServiceRole',
      'WebhookDelivery/RecoverEndpointServiceRole',
      'DeadCommands/FunctionServiceRole',
      'Connector/Task/TaskRole',
    ],
    reason: 'The index of the one table that the grant is for.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<DataMedia56AA92A6.Arn>/up/*]',
    on: ['Api/GraphServiceRole', 'Api/Media/FilesServiceRole', 'Api/Media/FetchServiceRole', 'Connector/Task/TaskRole'],
    reason: 'The files of all sessions: which of them a caller may have is decided by the row of each.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<DataMedia56AA92A6.Arn>/in/*]',
    on: ['Api/GraphServiceRole', 'Api/Media/FilesServiceRole', 'Connector/Task/TaskRole'],
    reason: 'As of the files that were uploaded.',
  },
  {
    rule: 'AwsSolutions-VPC7',
    on: ['Connector/Network/Vpc'],
    reason:
      'Nobody can come in, and only HTTPS goes out, to WhatsApp and AWS. Flow logs are billed by the gigabyte and would show encrypted traffic of one task.',
  },
  {
    rule: 'AwsSolutions-ECS4',
    on: ['Connector/Cluster'],
    reason:
      'Container Insights costs more each month than half a task and shows what the alarms on CPU, memory and the count of tasks show.',
  },
  {
    rule: 'AwsSolutions-ECS2',
    on: ['Connector/Task'],
    reason: 'Names of tables and queues, the release, the log level: no secret is in the environment.',
  },
];

/** Puts the acknowledgements on the stack's constructs. A construct that an option left out needs none. */
export function acknowledgeFindings(stack: Stack): void {
  for (const { rule: id, on, reason } of ACKNOWLEDGEMENTS) {
    for (const path of on) {
      const construct = constructAt(stack, path);
      if (construct) Validations.of(construct).acknowledge({ id, reason });
    }
  }
}

const constructAt = (stack: Stack, path: string): IConstruct | undefined =>
  path.split('/').reduce<IConstruct | undefined>((parent, id) => parent?.node.tryFindChild(id), stack);
