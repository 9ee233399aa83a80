import type { Authorize } from '../aws/authorize.ts';
import { AwsError } from '../aws/json-protocol.ts';
import type { DynamoCall } from '../dynamodb/dynamo-call.ts';
import { permissionsOf, resourceOf } from '../dynamodb/permissions.ts';
import type { LambdaHost } from '../lambda/lambda-host.ts';
import type { SnsService } from '../sns/sns-service.ts';
import type { MessageAttributes } from '../sqs/message-attributes-md5.ts';
import type { SqsService } from '../sqs/sqs-service.ts';
import { isJsonObject, type Json, type JsonObject } from '../states/json.ts';
import { readResource } from '../states/resource.ts';
import { StatesError } from '../states/states-error.ts';
import type { StepFunctions } from '../states/step-functions.ts';
import type { TaskCall, TaskPort } from '../states/task-port.ts';
import { LOCAL_ACCOUNT } from '../template/physical-names.ts';

/** What a state machine's tasks can reach. */
export interface TaskServices {
  readonly lambda: LambdaHost;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly dynamo: DynamoCall;
  /** For `states:startExecution`; the machine runner itself. */
  readonly states: () => StepFunctions;
  /** Asked before each call, with the access key of the machine's role. */
  readonly authorize: Authorize;
  readonly region: string;
}

type Integration = (input: JsonObject, call: TaskCall, services: TaskServices) => Json | Promise<Json>;

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
/** Name of a queue: the last part of its URL. */
const queueName = (url: Json | undefined): string => text(url).slice(text(url).lastIndexOf('/') + 1);

const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  async 'lambda:invoke'(input, _call, { lambda }): Promise<Json> {
    const name = text(input.FunctionName);
    const payload = JSON.stringify(input.Payload ?? {});
    if (input.InvocationType === 'Event') {
      lambda.invokeAsync(name, payload);
      return { StatusCode: 202 };
    }
    return { ExecutedVersion: '$LATEST', Payload: await invoke(lambda, name, payload), StatusCode: 200 };
  },
  'sqs:sendMessage'(input, call, { sqs }) {
    const accepted = sqs.send(queueName(input.QueueUrl), {
      body: text(input.MessageBody),
      attributes: attributesOf(input.MessageAttributes),
      delaySeconds: typeof input.DelaySeconds === 'number' ? input.DelaySeconds : undefined,
      groupId: optional(input.MessageGroupId),
      deduplicationId: optional(input.MessageDeduplicationId),
      senderId: call.accessKeyId,
    });
    return { MessageId: accepted.messageId };
  },
  'sns:publish'(input, _call, { sns }) {
    const MessageId = sns.publish(text(input.TopicArn), {
      message: text(input.Message),
      subject: optional(input.Subject),
      messageStructure: optional(input.MessageStructure),
      attributes: attributesOf(input.MessageAttributes),
      groupId: optional(input.MessageGroupId),
    });
    return { MessageId };
  },
  'states:startExecution'(input, _call, { states }) {
    const started = states().startExecution({
      stateMachineArn: text(input.StateMachineArn),
      name: optional(input.Name),
      input: input.Input === undefined ? undefined : text(input.Input),
    });
    return { ExecutionArn: started.executionArn, StartDate: new Date(started.startMs).toISOString() };
  },
};

const DYNAMODB_ACTION = /^(aws-sdk:)?dynamodb:([a-z]\w+)$/;
/** Prefix of the error names of each service. */
const ERROR_PREFIX: Readonly<Record<string, string>> = {
  lambda: 'Lambda',
  sqs: 'SQS',
  sns: 'SNS',
  dynamodb: 'DynamoDB',
  'aws-sdk:dynamodb': 'DynamoDb',
  states: 'StepFunctions',
};

const optional = (value: Json | undefined): string | undefined => (value == null ? undefined : text(value));

function attributesOf(value: Json | undefined): MessageAttributes | undefined {
  return isJsonObject(value) ? (value as unknown as MessageAttributes) : undefined;
}

/** Runs what the task states of a machine call. */
export function makeTaskPort(services: TaskServices): TaskPort {
  return {
    async invoke(call) {
      const resource = readResource(call.resource);
      if (!resource) throw new StatesError('States.Runtime', `${call.resource} does not run on one machine.`);
      const name = `${resource.service}:${resource.action}`;
      const input = isJsonObject(call.arguments) ? call.arguments : {};
      try {
        authorizeTask(resource.kind === 'function' ? 'lambda:function' : name, call, services);
        if (resource.kind === 'function')
          return await invoke(services.lambda, call.resource, JSON.stringify(call.arguments));
        const [, , action] = DYNAMODB_ACTION.exec(name) ?? [];
        if (action !== undefined) return await services.dynamo<JsonObject>(pascal(action), { ...input });
        const integration = Object.hasOwn(INTEGRATIONS, name) ? INTEGRATIONS[name] : undefined;
        if (!integration) throw new StatesError('States.Runtime', `${call.resource} does not run on one machine.`);
        return await integration(input, call, services);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw new StatesError(errorName(resource.service, error), error.message);
      }
    },
  };
}

/** Step Functions knows no name for a denied call and gives it the service's general one. */
const GENERAL_ERRORS: Readonly<Record<string, string>> = {
  lambda: 'AWSLambdaException',
  sqs: 'AmazonSQSException',
  dynamodb: 'AmazonDynamoDBException',
  states: 'AWSStepFunctionsException',
};

function errorName(service: string, { code }: AwsError): string {
  const name = code === 'AccessDeniedException' ? (GENERAL_ERRORS[service] ?? code) : code;
  return `${ERROR_PREFIX[service] ?? service}.${name}`;
}

/** @throws AwsError when the machine's role does not allow the call */
function authorizeTask(
  name: string,
  { accessKeyId, resource, arguments: given }: TaskCall,
  { authorize, region, sqs }: TaskServices,
): void {
  const input = isJsonObject(given) ? given : {};
  const ask = (action: string, arn: string): void => authorize({ accessKeyId, action, resource: arn });
  const [, , dynamoAction] = DYNAMODB_ACTION.exec(name) ?? [];
  if (dynamoAction !== undefined)
    for (const permission of permissionsOf(pascal(dynamoAction), input))
      ask(permission.action, resourceOf(permission, region));
  else if (name === 'lambda:function') ask('lambda:InvokeFunction', resource);
  else if (name === 'lambda:invoke') ask('lambda:InvokeFunction', functionArn(text(input.FunctionName), region));
  else if (name === 'sqs:sendMessage') ask('sqs:SendMessage', sqs.queueArn(queueName(input.QueueUrl)));
  else if (name === 'sns:publish') ask('sns:Publish', text(input.TopicArn));
  else if (name === 'states:startExecution') ask('states:StartExecution', text(input.StateMachineArn));
}

const functionArn = (nameOrArn: string, region: string): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:lambda:${region}:${LOCAL_ACCOUNT}:function:${nameOrArn}`;

const pascal = (action: string): string => action.charAt(0).toUpperCase() + action.slice(1);

async function invoke(lambda: LambdaHost, name: string, payload: string): Promise<Json> {
  const result = await lambda.invoke(name, payload);
  if (result.ok) return JSON.parse(result.payload) as Json;
  throw new StatesError(result.error.errorType, JSON.stringify(result.error));
}
