import { TemplateError } from '../template/template-error.ts';

const allow = (...actions: string[]): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

/** What AWS's own policies allow, by the end of their ARN; as IAM showed them on 2026-11-20. */
const POLICIES: ReadonlyMap<string, object> = new Map([
  [
    'service-role/AWSLambdaBasicExecutionRole',
    allow('logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ],
  [
    'service-role/AmazonECSTaskExecutionRolePolicy',
    allow(
      'ecr:GetAuthorizationToken',
      'ecr:BatchCheckLayerAvailability',
      'ecr:GetDownloadUrlForLayer',
      'ecr:BatchGetImage',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ),
  ],
]);

const ARN = /^arn:aws:iam::aws:policy\/(.+)$/;

/** True for the ARN of a policy that AWS keeps. */
export const isAwsManaged = (policyArn: string): boolean => ARN.test(policyArn);

/**
 * Document of a policy that AWS keeps.
 * @throws TemplateError when it is not known here: nobody can say then what it allows
 */
export function awsManagedPolicy(policyArn: string): object {
  const name = ARN.exec(policyArn)?.[1] ?? policyArn;
  const document = POLICIES.get(name);
  if (document) return document;
  throw new TemplateError(
    `AWS's managed policy ${name} is not known on one machine. Write down what it allows in local/iam/aws-managed-policies.ts, or grant by verb.`,
  );
}
