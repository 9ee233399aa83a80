import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Env } from '#core/resource-names.ts';
import type { Data } from './data.ts';
import { type Environment, tableEnvironment } from './environment.ts';

/** What a program that tells operators has to know. */
export const noticeEnvironment = (data: Data, failures: ITopic): Environment => ({
  ...tableEnvironment(data, 'limits'),
  [Env.failureTopicArn]: failures.topicArn,
});

/** Lets a program tell operators: publish, and keep gates and windows of notices (core/adapters/operator-notices.ts). */
export function allowNotices(data: Data, failures: ITopic, program: IGrantable): void {
  // The topic's own grant would add a right on the customer's key that allowCustomerKey gives more narrowly.
  program.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['sns:Publish'], resources: [failures.topicArn] }),
  );
  data.tables.limits.grants.actions(program, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
}
