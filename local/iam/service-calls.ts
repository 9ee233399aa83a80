import { AwsError } from '../aws/json-protocol.ts';
import { schedulesOfRule, schedulesOfSchedule } from '../schedules/schedule.ts';
import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { Resource, StackModel } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Iam, ServiceRequest } from './iam.ts';

/** A role that a service must be able to take on. */
interface Assumption {
  readonly service: string;
  readonly roleArn: string;
  readonly sourceArn: string;
}

/** What the services of AWS do for one resource. */
interface ServiceCalls {
  /** Logical id of the resource that needs them. */
  readonly logicalId: string;
  readonly assumes?: Assumption;
  readonly requests: readonly ServiceRequest[];
}

/**
 * Checks what AWS's services do by themselves: who may take on the roles, and what for. They can't change while the stack
 * runs, so a missing right is said at the start and not when the first alarm is lost.
 * @throws TemplateError naming every one that is missing
 */
export function checkServiceCalls(model: StackModel, iam: Iam): void {
  const faults = serviceCalls(model, iam).flatMap((calls) => faultsOf(calls, iam));
  if (faults.length > 0)
    throw new TemplateError(`AWS's services could not do their part of this stack:\n${faults.join('\n')}`);
}

function faultsOf({ logicalId, assumes, requests }: ServiceCalls, iam: Iam): string[] {
  const faults: string[] = [];
  if (assumes && !iam.mayAssume(assumes.service, assumes.roleArn, assumes.sourceArn))
    faults.push(`${logicalId}: ${assumes.service} may not assume ${assumes.roleArn}.`);
  for (const request of requests) {
    try {
      iam.authorizeService(request);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      faults.push(`${logicalId}: ${error.message}`);
    }
  }
  return faults;
}

function serviceCalls(model: StackModel, iam: Iam): readonly ServiceCalls[] {
  return [
    ...model.all('AWS::Lambda::Function').map((resource) => ofFunction(resource, model, iam)),
    ...model.all('AWS::Lambda::EventSourceMapping').map((resource) => ofEventSource(resource, model, iam)),
    ...model.all('AWS::ApiGatewayV2::Route').map((resource) => ofRoute(resource, model)),
    ...model.all('AWS::SNS::Subscription').map(ofSubscription),
    ...model.all('AWS::CloudWatch::Alarm').map(ofAlarm),
    ...model.all('AWS::StepFunctions::StateMachine').map(ofStateMachine),
    ...model.all('AWS::ECS::TaskDefinition').flatMap((resource) => ofTask(resource, model, iam)),
    ...model.all('AWS::Events::Rule').flatMap((resource) => ofRule(resource, iam)),
    ...model.all('AWS::Scheduler::Schedule').flatMap((resource) => ofSchedule(resource, iam)),
  ];
}

function ofFunction(
  { logicalId, arn, name, properties }: Resource<'AWS::Lambda::Function'>,
  model: StackModel,
  iam: Iam,
): ServiceCalls {
  const caller = iam.role(properties.Role);
  const failures = model
    .all('AWS::Lambda::EventInvokeConfig')
    .filter(({ properties: { FunctionName } }) => FunctionName === name || FunctionName === arn)
    .flatMap(({ properties: { DestinationConfig } }) => [
      DestinationConfig?.OnFailure?.Destination,
      DestinationConfig?.OnSuccess?.Destination,
    ]);
  const destinations = [...failures, properties.DeadLetterConfig?.TargetArn].filter((target) => target !== undefined);
  return {
    logicalId,
    assumes: { service: 'lambda.amazonaws.com', roleArn: properties.Role, sourceArn: arn },
    requests: [
      ...logRequests(caller, properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`, model),
      ...destinations.map((resource) => ({ caller, action: deliveryAction(resource), resource })),
    ],
  };
}

function logRequests(caller: ServiceRequest['caller'], group: string, { place }: StackModel): ServiceRequest[] {
  const streams = `arn:aws:logs:${place.region}:${LOCAL_ACCOUNT}:log-group:${group}:log-stream:`;
  return [
    { caller, action: 'logs:CreateLogStream', resource: streams },
    { caller, action: 'logs:PutLogEvents', resource: `${streams}local` },
  ];
}

/** What a service does to hand something over, by the target's service. */
const DELIVERIES: ReadonlyMap<string, string> = new Map([
  ['sqs', 'sqs:SendMessage'],
  ['sns', 'sns:Publish'],
  ['lambda', 'lambda:InvokeFunction'],
  ['states', 'states:StartExecution'],
]);

function deliveryAction(targetArn: string): string {
  const action = DELIVERIES.get(targetArn.split(':')[2] ?? '');
  if (action === undefined) throw new TemplateError(`Nothing on one machine can be handed over to ${targetArn}.`);
  return action;
}

/** What Lambda's documentation of SQS event sources asks of the function's role. */
const POLLER_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

function ofEventSource(
  { logicalId, properties }: Resource<'AWS::Lambda::EventSourceMapping'>,
  model: StackModel,
  iam: Iam,
): ServiceCalls {
  const caller = iam.role(model.find('AWS::Lambda::Function', properties.FunctionName).properties.Role);
  const resource = properties.EventSourceArn;
  return { logicalId, requests: POLLER_ACTIONS.map((action) => ({ caller, action, resource })) };
}

function ofRoute({ logicalId, properties }: Resource<'AWS::ApiGatewayV2::Route'>, model: StackModel): ServiceCalls {
  const integration = model.find('AWS::ApiGatewayV2::Integration', properties.Target.replace(/^integrations\//, ''));
  const { IntegrationUri } = integration.properties;
  const resource = /arn:aws:lambda:[^/]+/.exec(IntegrationUri)?.[0] ?? IntegrationUri;
  // `$default` is method and path at once.
  const [method = '', path = `/${method}`] = properties.RouteKey.split(' ');
  const api = `arn:aws:execute-api:${model.place.region}:${LOCAL_ACCOUNT}:${properties.ApiId}`;
  const sourceArn = path === '/$default' ? `${api}/$default/$default` : `${api}/$default/${method}${path}`;
  return { logicalId, requests: [fromService('apigateway', 'lambda:InvokeFunction', { resource, sourceArn })] };
}

function fromService(
  service: string,
  action: string,
  about: Pick<ServiceRequest, 'resource' | 'sourceArn'>,
): ServiceRequest {
  return { caller: { kind: 'service', service: `${service}.amazonaws.com` }, action, ...about };
}

function ofSubscription({ logicalId, properties }: Resource<'AWS::SNS::Subscription'>): ServiceCalls {
  const { Protocol, Endpoint: resource, TopicArn: sourceArn } = properties;
  const isInside = Protocol === 'sqs' || Protocol === 'lambda';
  const requests = isInside ? [fromService('sns', deliveryAction(resource), { resource, sourceArn })] : [];
  return { logicalId, requests };
}

function ofAlarm({ logicalId, arn, properties }: Resource<'AWS::CloudWatch::Alarm'>): ServiceCalls {
  const targets = new Set([...properties.AlarmActions, ...properties.OKActions]);
  const topics = [...targets].filter((target) => target.startsWith('arn:aws:sns:'));
  return {
    logicalId,
    requests: topics.map((resource) => fromService('cloudwatch', 'sns:Publish', { resource, sourceArn: arn })),
  };
}

/** What the tasks of a machine do is checked when they do it: it depends on their input. */
function ofStateMachine({ logicalId, arn, properties }: Resource<'AWS::StepFunctions::StateMachine'>): ServiceCalls {
  return {
    logicalId,
    assumes: { service: 'states.amazonaws.com', roleArn: properties.RoleArn, sourceArn: arn },
    requests: [],
  };
}

/** What ECS does with the execution role to pull an image. */
const PULL_ACTIONS = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

function ofTask(
  { logicalId, properties }: Resource<'AWS::ECS::TaskDefinition'>,
  model: StackModel,
  iam: Iam,
): ServiceCalls[] {
  const { TaskRoleArn, ExecutionRoleArn, ContainerDefinitions } = properties;
  const sourceArn = `arn:aws:ecs:${model.place.region}:${LOCAL_ACCOUNT}:*`;
  const assume = (roleArn: string): Assumption => ({ service: 'ecs-tasks.amazonaws.com', roleArn, sourceArn });
  const calls: ServiceCalls[] = [];
  if (TaskRoleArn !== undefined) calls.push({ logicalId, assumes: assume(TaskRoleArn), requests: [] });
  if (ExecutionRoleArn === undefined) return calls;
  const caller = iam.role(ExecutionRoleArn);
  const requests = ContainerDefinitions.flatMap(({ Image, LogConfiguration, Secrets }) => {
    const repository = /^\d{12}\.dkr\.ecr\.[^/]+\/(.+?)(?::[^:]*)?$/.exec(Image)?.[1];
    const resource = `arn:aws:ecr:${model.place.region}:${LOCAL_ACCOUNT}:repository/${repository}`;
    const group = LogConfiguration?.Options['awslogs-group'];
    return [
      ...(repository === undefined ? [] : PULL_ACTIONS.map((action) => ({ caller, action, resource }))),
      ...(repository === undefined ? [] : [{ caller, action: 'ecr:GetAuthorizationToken', resource: '*' }]),
      ...(group === undefined ? [] : logRequests(caller, group, model)),
      ...Secrets.map(({ ValueFrom }) => ({ caller, ...readingOf(ValueFrom) })),
    ];
  });
  return [...calls, { logicalId, assumes: assume(ExecutionRoleArn), requests }];
}

/** What ECS does to read a secret; of a secret's ARN, what follows names a key in it. */
function readingOf(valueFrom: string): Pick<ServiceRequest, 'action' | 'resource'> {
  if (!valueFrom.includes(':secretsmanager:')) return { action: 'ssm:GetParameters', resource: valueFrom };
  return { action: 'secretsmanager:GetSecretValue', resource: valueFrom.split(':').slice(0, 7).join(':') };
}

function ofRule(rule: Resource<'AWS::Events::Rule'>, iam: Iam): ServiceCalls[] {
  const { logicalId, arn: sourceArn } = rule;
  return schedulesOfRule(rule.properties, rule).map(({ targetArn: resource, roleArn }) => {
    const action = deliveryAction(resource);
    if (roleArn === undefined) return { logicalId, requests: [fromService('events', action, { resource, sourceArn })] };
    const assumes = { service: 'events.amazonaws.com', roleArn, sourceArn };
    return { logicalId, assumes, requests: [{ caller: iam.role(roleArn), action, resource }] };
  });
}

function ofSchedule(resource: Resource<'AWS::Scheduler::Schedule'>, iam: Iam): ServiceCalls[] {
  const { logicalId, arn: sourceArn } = resource;
  return schedulesOfSchedule(resource.properties, resource).map(({ targetArn, roleArn = '' }) => ({
    logicalId,
    assumes: { service: 'scheduler.amazonaws.com', roleArn, sourceArn },
    requests: [{ caller: iam.role(roleArn), action: deliveryAction(targetArn), resource: targetArn }],
  }));
}
