import { LOCAL_ACCOUNT, opaqueId, type Place, physicalName, stableUuid } from './physical-names.ts';
import type { RawResource } from './template-schema.ts';

/** What other parts of a template can say about a resource. */
export interface Identity {
  /** Value of `Ref`. */
  readonly ref: string;
  /** Name in the service's own API: queue name, table name, function name … */
  readonly name: string;
  readonly arn: string;
  /** `Fn::GetAtt` beside `Arn`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Longest names that the services accept. */
const Limit = {
  queue: 80,
  bucket: 63,
  function: 64,
  stateMachine: 80,
  topic: 256,
  table: 255,
  role: 64,
  schedule: 64,
  other: 128,
};

type IdentityOf = (logicalId: string, resource: RawResource, place: Place) => Identity;

/** A name that the template gives as plain text, else one made of the logical id. */
function nameOf(property: string, limit: number, logicalId: string, { resource, place }: Given): string {
  const given = resource.Properties[property];
  return typeof given === 'string' ? given : physicalName(place.stackName, logicalId, limit);
}
interface Given {
  readonly resource: RawResource;
  readonly place: Place;
}

const arnOf = (service: string, tail: string, { region }: Place): string =>
  `arn:aws:${service}:${region}:${LOCAL_ACCOUNT}:${tail}`;

const identifyTable: IdentityOf = (logicalId, resource, place) => {
  const name = nameOf('TableName', Limit.table, logicalId, { resource, place });
  const arn = arnOf('dynamodb', `table/${name}`, place);
  return {
    ref: name,
    name,
    arn,
    attributes: { StreamArn: `${arn}/stream/local`, TableId: stableUuid(place.stackName, logicalId) },
  };
};

const IDENTITIES: Readonly<Record<string, IdentityOf>> = {
  'AWS::SQS::Queue': (logicalId, resource, place) => {
    const fifo = resource.Properties.FifoQueue === true ? '.fifo' : '';
    const given = resource.Properties.QueueName;
    const name =
      typeof given === 'string'
        ? given
        : `${physicalName(place.stackName, logicalId, Limit.queue - fifo.length)}${fifo}`;
    const url = `${place.awsEndpoint}/${LOCAL_ACCOUNT}/${name}`;
    return { ref: url, name, arn: arnOf('sqs', name, place), attributes: { QueueName: name, QueueUrl: url } };
  },
  'AWS::SNS::Topic': (logicalId, resource, place) => {
    const name = nameOf('TopicName', Limit.topic, logicalId, { resource, place });
    const arn = arnOf('sns', name, place);
    return { ref: arn, name, arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  'AWS::DynamoDB::GlobalTable': identifyTable,
  'AWS::DynamoDB::Table': identifyTable,
  'AWS::S3::Bucket': (logicalId, resource, place) => {
    const name = nameOf('BucketName', Limit.bucket, logicalId, { resource, place }).toLowerCase();
    const domain = `${name}.s3.${place.region}.amazonaws.com`;
    const attributes = { DomainName: domain, RegionalDomainName: domain, DualStackDomainName: domain };
    return { ref: name, name, arn: `arn:aws:s3:::${name}`, attributes };
  },
  'AWS::KMS::Key': (logicalId, _resource, place) => {
    const name = place.keyIdOf?.(logicalId) ?? stableUuid(place.stackName, logicalId);
    return { ref: name, name, arn: arnOf('kms', `key/${name}`, place), attributes: { KeyId: name } };
  },
  'AWS::Lambda::Function': (logicalId, resource, place) => {
    const name = nameOf('FunctionName', Limit.function, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('lambda', `function:${name}`, place), attributes: {} };
  },
  'AWS::StepFunctions::StateMachine': (logicalId, resource, place) => {
    const name = nameOf('StateMachineName', Limit.stateMachine, logicalId, { resource, place });
    const arn = arnOf('states', `stateMachine:${name}`, place);
    return { ref: arn, name, arn, attributes: { Name: name } };
  },
  'AWS::IAM::Role': (logicalId, resource, place) => {
    const name = nameOf('RoleName', Limit.role, logicalId, { resource, place });
    const attributes = { RoleId: `AROA${opaqueId(place.stackName, logicalId, 17).toUpperCase()}` };
    return { ref: name, name, arn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`, attributes };
  },
  'AWS::IAM::ManagedPolicy': (logicalId, resource, place) => {
    const name = nameOf('ManagedPolicyName', Limit.other, logicalId, { resource, place });
    const arn = `arn:aws:iam::${LOCAL_ACCOUNT}:policy/${name}`;
    return { ref: arn, name, arn, attributes: { PolicyArn: arn } };
  },
  'AWS::ApiGatewayV2::Api': (logicalId, _resource, place) => {
    const name = opaqueId(place.stackName, logicalId, 10);
    const arn = `arn:aws:apigateway:${place.region}::/apis/${name}`;
    return { ref: name, name, arn, attributes: { ApiEndpoint: place.apiUrl, ApiId: name } };
  },
  'AWS::ApiGatewayV2::Stage': (logicalId, resource, place) => {
    const name = nameOf('StageName', Limit.other, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('apigateway', `stages/${name}`, place), attributes: {} };
  },
  'AWS::ECS::Cluster': (logicalId, resource, place) => {
    const name = nameOf('ClusterName', Limit.other, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('ecs', `cluster/${name}`, place), attributes: {} };
  },
  'AWS::ECS::Service': (logicalId, resource, place) => {
    const name = nameOf('ServiceName', Limit.other, logicalId, { resource, place });
    const arn = arnOf('ecs', `service/${name}`, place);
    return { ref: arn, name, arn, attributes: { Name: name, ServiceArn: arn } };
  },
  'AWS::ECS::TaskDefinition': (logicalId, resource, place) => {
    const name = nameOf('Family', Limit.other, logicalId, { resource, place });
    const arn = arnOf('ecs', `task-definition/${name}:1`, place);
    return { ref: arn, name, arn, attributes: { TaskDefinitionArn: arn } };
  },
  'AWS::Scheduler::Schedule': (logicalId, resource, place) => {
    const name = nameOf('Name', Limit.schedule, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('scheduler', `schedule/default/${name}`, place), attributes: {} };
  },
  'AWS::Events::Rule': (logicalId, resource, place) => {
    const name = nameOf('Name', Limit.schedule, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('events', `rule/${name}`, place), attributes: {} };
  },
  'AWS::Logs::LogGroup': (logicalId, resource, place) => {
    const name = nameOf('LogGroupName', Limit.other, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('logs', `log-group:${name}:*`, place), attributes: {} };
  },
  'AWS::CloudWatch::Alarm': (logicalId, resource, place) => {
    const name = nameOf('AlarmName', Limit.other, logicalId, { resource, place });
    return { ref: name, name, arn: arnOf('cloudwatch', `alarm:${name}`, place), attributes: {} };
  },
};

/** Names of a resource, derived from its logical id alone, so that they are the same after a restart. */
export function identify(logicalId: string, resource: RawResource, place: Place): Identity {
  const own = Object.hasOwn(IDENTITIES, resource.Type) ? IDENTITIES[resource.Type] : undefined;
  if (own) return own(logicalId, resource, place);
  const name = physicalName(place.stackName, logicalId, Limit.other);
  return { ref: name, name, arn: arnOf('local', name, place), attributes: {} };
}
