import type { AwsRequest } from '../../../local/aws/authorize.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { type Grant, grantLine } from '../../../local/iam/grants.ts';
import { Iam } from '../../../local/iam/iam.ts';
import { buildStackModel, type StackModel } from '../../../local/template/stack-model.ts';
import { TemplateSchema } from '../../../local/template/template-schema.ts';

export const NOW_MS = Date.parse('2026-11-20T12:00:00Z');

export type Resources = Readonly<Record<string, { Type: string; Properties?: object }>>;

export const ref = (Ref: string) => ({ Ref });
export const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
export const allow = (Action: string | string[], Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const deny = (Action: string | string[], Resource: unknown, more: object = {}) => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});
export const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });

/** A role with statements of its own. @param service that may take it on */
export function role(service: string, ...statements: object[]) {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: `${service}.amazonaws.com` },
      }),
      Policies: statements.length === 0 ? [] : [{ PolicyName: 'own', PolicyDocument: policy(...statements) }],
    },
  };
}

/** What CDK writes for `enforceSSL`. */
export const onlyOverTls = (action: string, resource: unknown) =>
  deny(action, resource, { Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } });

export function stack(resources: Resources): StackModel {
  const place = {
    stackName: 'Small',
    region: 'us-east-1',
    awsEndpoint: 'http://127.0.0.1:4566',
    apiUrl: 'http://127.0.0.1:3000',
  };
  return buildStackModel(TemplateSchema.parse({ Resources: resources }), place);
}

export interface Enforced {
  readonly iam: Iam;
  readonly model: StackModel;
  /** Lines of the grants that were used. */
  readonly used: string[];
  /** Sentences about what was refused. */
  readonly denied: string[];
}

/** IAM over a stack; the access key of a role is its logical id. */
export function enforced(resources: Resources): Enforced {
  const model = stack(resources);
  const used: string[] = [];
  const denied: string[] = [];
  const iam = new Iam({
    clock: new VirtualClock(NOW_MS),
    roleOf: (accessKeyId) => model.all('AWS::IAM::Role').find(({ logicalId }) => logicalId === accessKeyId)?.arn,
    onUse: (grant: Grant) => used.push(grantLine(grant)),
    onDenied: (sentence) => denied.push(sentence),
  });
  iam.enforce(model);
  return { iam, model, used, denied };
}

/** What a role is answered: `allowed`, or the error's code and message. */
export function answer(
  { iam }: Enforced,
  request: Partial<AwsRequest> & Pick<AwsRequest, 'action' | 'resource'>,
): string {
  try {
    iam.authorize({ accessKeyId: 'Role', ...request });
    return 'allowed';
  } catch (error) {
    const { code, status, message } = error as { code: string; status: number; message: string };
    return `${status} ${code}: ${message}`;
  }
}
