import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { Resource, StackModel } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';
import { awsManagedPolicy, isAwsManaged } from './aws-managed-policies.ts';
import { parsePolicy, type Statement } from './policy-document.ts';

/** What one role may do, and who may take it on. */
export interface RolePolicies {
  readonly logicalId: string;
  readonly arn: string;
  readonly identity: readonly Statement[];
  readonly trust: readonly Statement[];
}

/** All policies of a template. */
export interface TemplatePolicies {
  /** By the role's ARN. */
  readonly roles: ReadonlyMap<string, RolePolicies>;
  /** Policies of queues, topics, buckets, functions and keys, by the ARN of what they protect. */
  readonly resources: ReadonlyMap<string, readonly Statement[]>;
}

/**
 * Reads every policy of the template.
 * @throws TemplateError on one that can't be evaluated here as in AWS
 */
export function readPolicies(model: StackModel): TemplatePolicies {
  return { roles: readRoles(model), resources: readResourcePolicies(model) };
}

function readRoles(model: StackModel): ReadonlyMap<string, RolePolicies> {
  const managed = model.all('AWS::IAM::ManagedPolicy');
  const attachable = [...model.all('AWS::IAM::Policy'), ...managed];
  const identityOf = ({ name, logicalId, properties }: Resource<'AWS::IAM::Role'>): readonly Statement[] => {
    const holder = logicalId;
    const documents = properties.Policies.map(({ PolicyDocument }) => PolicyDocument);
    for (const { properties: policy } of attachable)
      if (policy.Roles.includes(name)) documents.push(policy.PolicyDocument);
    const own = documents.flatMap((document) => parsePolicy(document, { holder, kind: 'identity' }));
    const named = properties.ManagedPolicyArns.flatMap((policyArn) => {
      if (isAwsManaged(policyArn))
        return parsePolicy(awsManagedPolicy(policyArn), { holder: policyArn, kind: 'identity' });
      const { PolicyDocument } = model.find('AWS::IAM::ManagedPolicy', policyArn).properties;
      return parsePolicy(PolicyDocument, { holder, kind: 'identity' });
    });
    return [...own, ...named];
  };
  for (const { properties } of attachable) for (const name of properties.Roles) model.find('AWS::IAM::Role', name);
  return new Map(
    model.all('AWS::IAM::Role').map((role) => {
      const { arn, logicalId, properties } = role;
      const trust = parsePolicy(properties.AssumeRolePolicyDocument, { holder: logicalId, kind: 'trust' });
      return [arn, { logicalId, arn, identity: identityOf(role), trust }];
    }),
  );
}

function readResourcePolicies(model: StackModel): ReadonlyMap<string, readonly Statement[]> {
  const policies = new Map<string, readonly Statement[]>();
  const add = (arn: string, holder: string, document: unknown): void => {
    policies.set(arn, [...(policies.get(arn) ?? []), ...parsePolicy(document, { holder, kind: 'resource' })]);
  };
  for (const { logicalId, properties } of model.all('AWS::SQS::QueuePolicy'))
    for (const queue of properties.Queues)
      add(model.find('AWS::SQS::Queue', queue).arn, logicalId, properties.PolicyDocument);
  for (const { logicalId, properties } of model.all('AWS::SNS::TopicPolicy'))
    for (const topic of properties.Topics)
      add(model.find('AWS::SNS::Topic', topic).arn, logicalId, properties.PolicyDocument);
  for (const { logicalId, properties } of model.all('AWS::S3::BucketPolicy'))
    add(model.find('AWS::S3::Bucket', properties.Bucket).arn, logicalId, properties.PolicyDocument);
  for (const { arn, logicalId, properties } of model.all('AWS::KMS::Key'))
    add(arn, logicalId, properties.KeyPolicy ?? DEFAULT_KEY_POLICY);
  for (const { logicalId, properties } of model.all('AWS::Lambda::Permission')) {
    const { arn } = model.find('AWS::Lambda::Function', functionOf(properties.FunctionName));
    add(arn, logicalId, permissionDocument(properties, arn));
  }
  for (const { arn, logicalId } of model.all('AWS::SNS::Topic'))
    if (!policies.has(arn)) add(arn, logicalId, defaultTopicPolicy(arn));
  refuseTablePolicies(model);
  return policies;
}

/** What KMS gives a key that has no policy: the account's own policies decide. */
const DEFAULT_KEY_POLICY = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${LOCAL_ACCOUNT}:root` },
    Action: 'kms:*',
    Resource: '*',
  },
};

/** Policy of a key that is not in the template: on one machine nobody can know what else it has. */
export const FOREIGN_KEY_POLICY = parsePolicy(DEFAULT_KEY_POLICY, { holder: 'a key of elsewhere', kind: 'resource' });

/** SNS lets the alarms of the account publish to a topic that has no policy. */
const defaultTopicPolicy = (arn: string): object => ({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: 'sns:Publish',
    Resource: arn,
    Condition: { StringEquals: { 'aws:SourceAccount': LOCAL_ACCOUNT } },
  },
});

/** A qualified ARN names a version or an alias behind the function's name. */
const functionOf = (reference: string): string =>
  reference.startsWith('arn:') ? reference.split(':').slice(0, FUNCTION_ARN_PARTS).join(':') : reference;
/** arn:aws:lambda:region:account:function:name */
const FUNCTION_ARN_PARTS = 7;

type Permission = Resource<'AWS::Lambda::Permission'>['properties'];

/** The statement that Lambda makes of a permission. */
function permissionDocument({ Action, Principal, SourceArn, SourceAccount }: Permission, arn: string): object {
  const isService = Principal.endsWith('.amazonaws.com');
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: isService ? { Service: Principal } : Principal === '*' ? '*' : { AWS: Principal },
      Action,
      Resource: arn,
      Condition: {
        ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
        ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
      },
    },
  };
}

function refuseTablePolicies(model: StackModel): void {
  for (const { logicalId, properties } of [
    ...model.all('AWS::DynamoDB::GlobalTable'),
    ...model.all('AWS::DynamoDB::Table'),
  ])
    if (/"ResourcePolicy":/.test(JSON.stringify(properties)))
      throw new TemplateError(
        `${logicalId} has a policy of its own; those of tables are not evaluated on one machine.`,
      );
}
