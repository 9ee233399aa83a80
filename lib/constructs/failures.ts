import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';

/** Where the owner hears of failures: alarms, and what our own code gives up on. */
export class Failures extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { config, customerKey }: Deployment) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Pombo',
      enforceSSL: true,
      ...(customerKey ? { masterKey: customerKey } : {}),
    });
    this.topic.applyRemovalPolicy(RemovalPolicy.DESTROY);
    // enforceSSL brings a policy, and any policy replaces the default one that lets the account's alarms publish.
    const grant = this.topic.grants.publish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    grant.assertSuccess();
    const { failureEmail } = config;
    if (failureEmail !== undefined) this.topic.addSubscription(new EmailSubscription(failureEmail));
  }
}
