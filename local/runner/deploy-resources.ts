import { createTables } from '../dynamodb/create-tables.ts';
import { schedulesOfRule, schedulesOfSchedule } from '../schedules/schedule.ts';
import type { StackModel } from '../template/stack-model.ts';
import type { Emulators } from './emulators.ts';
import type { RoleCredentials } from './role-credentials.ts';

/** Makes what holds state: tables, queues, topics, keys. What is there already stays, with its content. */
export async function deployData(model: StackModel, emulators: Emulators): Promise<void> {
  const { sqs, sns, kms, s3, dynamo } = emulators;
  await createTables(dynamo, [...model.all('AWS::DynamoDB::GlobalTable'), ...model.all('AWS::DynamoDB::Table')]);
  for (const { name, properties } of model.all('AWS::S3::Bucket')) s3.createBucket(name, properties);
  const queues = model.all('AWS::SQS::Queue');
  sqs.ensureQueues(queues);
  const wanted = new Set(queues.map(({ name }) => name));
  for (const name of sqs.queueNames()) if (!wanted.has(name)) sqs.deleteQueue(name);
  for (const { logicalId, properties } of model.all('AWS::KMS::Key')) kms.createKey(logicalId, properties);
  for (const { properties } of model.all('AWS::KMS::Alias'))
    kms.createAlias(properties.AliasName, properties.TargetKeyId);
  const topics = model.all('AWS::SNS::Topic');
  for (const { name, properties } of topics)
    sns.createTopic(name, properties.DisplayName === undefined ? {} : { DisplayName: properties.DisplayName });
  for (const { arn } of sns.topics()) if (!topics.some((topic) => topic.arn === arn)) sns.deleteTopic(arn);
}

/** Makes what connects: subscriptions, state machines with their interrupted executions, schedules. */
export function deployConnections(model: StackModel, emulators: Emulators, credentials: RoleCredentials): void {
  const { sns, states, scheduler } = emulators;
  for (const { properties } of model.all('AWS::SNS::Subscription')) {
    const { TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint, ...rest } = properties;
    const attributes = Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
    sns.subscribe({
      topicArn,
      protocol,
      endpoint,
      attributes: Object.fromEntries(attributes) as Record<string, string>,
    });
  }
  for (const { name, arn, properties } of model.all('AWS::StepFunctions::StateMachine'))
    states.createStateMachine({
      name,
      arn,
      definition: properties.DefinitionString,
      roleArn: properties.RoleArn,
      accessKeyId: credentials.of(properties.RoleArn).accessKeyId,
      type: properties.StateMachineType,
    });
  states.resume();
  for (const rule of model.all('AWS::Events::Rule'))
    for (const schedule of schedulesOfRule(rule.properties, rule)) scheduler.add(schedule);
  for (const resource of model.all('AWS::Scheduler::Schedule'))
    for (const schedule of schedulesOfSchedule(resource.properties, resource)) scheduler.add(schedule);
}
