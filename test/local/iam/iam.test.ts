import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Iam, OPERATOR_ACCESS_KEY } from '../../../local/iam/iam.ts';
import { allow, answer, arn, deny, enforced, NOW_MS, onlyOverTls, policy, ref, role } from './iam-fixture.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:Small-Queue';

const queue = { Queue: { Type: 'AWS::SQS::Queue' } };
const send = { action: 'sqs:SendMessage', resource: QUEUE };

describe('Iam', () => {
  it('allows what the role of the caller allows, and names the grant', () => {
    const setup = enforced({ ...queue, Role: role('lambda', allow('sqs:SendMessage', arn('Queue'))) });
    expect(answer(setup, send)).toBe('allowed');
    expect(setup.used).toEqual(['Role sqs:SendMessage Queue']);
    expect(setup.denied).toEqual([]);
  });

  it.each([
    ['sqs:SendMessage', QUEUE, '403 AccessDeniedException', 'sqs:sendmessage'],
    ['sns:Publish', 'arn:aws:sns:us-east-1:000000000000:T', '403 AuthorizationError', 'SNS:Publish'],
    ['s3:GetObject', 'arn:aws:s3:::small-bucket/a', '403 AccessDenied', 's3:GetObject'],
    [
      'dynamodb:PutItem',
      'arn:aws:dynamodb:us-east-1:000000000000:table/T',
      '400 AccessDeniedException',
      'dynamodb:PutItem',
    ],
    [
      'states:StartExecution',
      'arn:aws:states:us-east-1:000000000000:stateMachine:M',
      '400 AccessDeniedException',
      'states:StartExecution',
    ],
    [
      'lambda:InvokeFunction',
      'arn:aws:lambda:us-east-1:000000000000:function:F',
      '403 AccessDeniedException',
      'lambda:InvokeFunction',
    ],
    ['cloudwatch:GetMetricData', '*', '400 AccessDeniedException', 'cloudwatch:GetMetricData'],
  ])('answers %s on %s with %s, naming role, action and resource', (action, resource, form, shown) => {
    const setup = enforced({ Role: role('lambda') });
    const user = 'arn:aws:sts::000000000000:assumed-role/Small-Role/local';
    const sentence = `User: ${user} is not authorized to perform: ${shown} on resource: ${resource} because no identity-based policy allows the ${shown} action`;
    expect(answer(setup, { action, resource })).toBe(`${form}: ${sentence}`);
    expect(setup.denied).toEqual([sentence]);
  });

  it("takes the function's name as that of the session", () => {
    const setup = enforced({
      Role: role('lambda'),
      Worker: {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { S3Key: 'a.zip' }, Handler: 'index.handler', Runtime: 'nodejs24.x', Role: arn('Role') },
      },
    });
    expect(answer(setup, send)).toContain('User: arn:aws:sts::000000000000:assumed-role/Small-Role/Small-Worker is');
  });

  it.each([
    ['an identity-based policy', { Role: role('lambda', allow('sqs:*', '*'), deny('sqs:Send*', '*')) }],
    [
      'a resource-based policy',
      {
        Role: role('lambda', allow('sqs:*', '*')),
        Policy: {
          Type: 'AWS::SQS::QueuePolicy',
          Properties: {
            Queues: [ref('Queue')],
            PolicyDocument: policy(deny('sqs:SendMessage', arn('Queue'), { Principal: '*' })),
          },
        },
      },
    ],
  ])('lets an explicit deny in %s win', (where, resources) => {
    expect(answer(enforced({ ...queue, ...resources }), send)).toMatch(
      new RegExp(`with an explicit deny in ${where}$`),
    );
  });

  it("allows what a queue's policy allows the role itself", () => {
    const statement = allow('sqs:SendMessage', arn('Queue'), { Principal: { AWS: arn('Role') } });
    const setup = enforced({
      ...queue,
      Role: role('lambda'),
      Policy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: { Queues: [ref('Queue')], PolicyDocument: policy(statement) },
      },
    });
    expect(answer(setup, send)).toBe('allowed');
    expect(answer(setup, { ...send, action: 'sqs:DeleteMessage' })).toMatch(/no identity-based policy/);
  });

  it('sees every request as if over TLS, so enforceSSL denies nothing', () => {
    const bucket = { Bucket: { Type: 'AWS::S3::Bucket' } };
    const setup = enforced({
      ...bucket,
      Role: role('lambda', allow('s3:GetObject', { 'Fn::Join': ['', [arn('Bucket'), '/*']] })),
      Policy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: { Bucket: ref('Bucket'), PolicyDocument: policy(onlyOverTls('s3:*', '*')) },
      },
    });
    expect(answer(setup, { action: 's3:GetObject', resource: 'arn:aws:s3:::small-bucket/a/b' })).toBe('allowed');
  });

  it('reads policies that are attached by name, by ARN and by AWS', () => {
    const attach = (action: string) => ({ PolicyDocument: policy(allow(action, '*')) });
    const setup = enforced({
      Role: {
        ...role('lambda'),
        Properties: {
          ...role('lambda').Properties,
          ManagedPolicyArns: [ref('Named'), 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
        },
      },
      Named: { Type: 'AWS::IAM::ManagedPolicy', Properties: attach('sqs:A') },
      Attached: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ...attach('sqs:B'), Roles: [ref('Role')] } },
      Inline: { Type: 'AWS::IAM::Policy', Properties: { ...attach('sqs:C'), PolicyName: 'p', Roles: [ref('Role')] } },
    });
    for (const action of ['sqs:A', 'sqs:B', 'sqs:C', 'logs:PutLogEvents'])
      expect(answer(setup, { action, resource: QUEUE })).toBe('allowed');
    expect(answer(setup, { action: 'sqs:D', resource: QUEUE })).toMatch(/^403/);
  });

  it.each([
    [
      'a policy of AWS that is not known here',
      { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
      /AdministratorAccess is not known/,
    ],
    ['a boundary', { PermissionsBoundary: 'arn' }, /boundaries are not evaluated/],
  ])('refuses a role with %s', (_what, properties, message) => {
    const { Properties, Type } = role('lambda');
    expect(() => enforced({ Role: { Type, Properties: { ...Properties, ...properties } } })).toThrow(message);
  });

  it('refuses a table with a policy of its own, and policies of users', () => {
    const table = {
      Type: 'AWS::DynamoDB::Table',
      Properties: { ResourcePolicy: { PolicyDocument: policy() } },
    };
    expect(() => enforced({ Table: table })).toThrow(/Table has a policy of its own/);
    const users = { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: policy(), Users: ['ana'] } };
    expect(() => enforced({ Policy: users })).toThrow(/only roles have policies/);
  });

  it('lets the operator do everything that no policy denies', () => {
    const setup = enforced({
      ...queue,
      Policy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [ref('Queue')],
          PolicyDocument: policy(deny('sqs:SendMessage', '*', { Principal: '*' })),
        },
      },
    });
    const operator = { accessKeyId: OPERATOR_ACCESS_KEY };
    expect(answer(setup, { ...send, ...operator, action: 'sqs:PurgeQueue' })).toBe('allowed');
    expect(answer(setup, { ...send, ...operator })).toMatch(/explicit deny/);
  });

  it.each([
    ['sqs:SendMessage', '403 InvalidClientTokenId'],
    ['dynamodb:GetItem', '403 UnrecognizedClientException'],
  ])('answers %s of an access key that nobody has with %s', (action, form) => {
    const setup = enforced({ Role: role('lambda', allow('*', '*')) });
    expect(answer(setup, { accessKeyId: 'stranger', action, resource: QUEUE })).toBe(
      `${form}: The security token included in the request is invalid.`,
    );
    expect(setup.denied).toHaveLength(1);
  });

  it('knows requests to S3 without a signature, and what a bucket allows everybody', () => {
    const setup = enforced({
      Bucket: { Type: 'AWS::S3::Bucket' },
      Policy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: ref('Bucket'),
          PolicyDocument: policy(allow('s3:GetObject', 'arn:aws:s3:::small-bucket/public/*', { Principal: '*' })),
        },
      },
    });
    const get = (key: string) => ({
      accessKeyId: '',
      action: 's3:GetObject',
      resource: `arn:aws:s3:::small-bucket/${key}`,
    });
    expect(answer(setup, get('public/a'))).toBe('allowed');
    expect(answer(setup, get('a'))).toMatch(/^403 AccessDenied: User: anonymous .* no resource-based policy/);
  });

  it('decides nothing before a template is read', () => {
    const iam = new Iam({ clock: new VirtualClock(NOW_MS), roleOf: () => 'arn:aws:iam::000000000000:role/A' });
    expect(() => iam.authorize({ accessKeyId: 'a', ...send })).toThrow(/before the policies/);
  });
});
