import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Deployment, Release } from './config/deployment.ts';
import { Api } from './constructs/api.ts';
import { ConnectorService } from './constructs/connector-service.ts';
import { Data } from './constructs/data.ts';
import { DeadCommands } from './constructs/dead-commands.ts';
import { DeliveryAlarms } from './constructs/delivery-alarms.ts';
import { Failures } from './constructs/failures.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { OperationsDashboard } from './constructs/operations-dashboard.ts';
import { QueueAlarms } from './constructs/queue-alarms.ts';
import { Queues } from './constructs/queues.ts';
import { WebhookDelivery } from './constructs/webhook-delivery.ts';

export interface PomboStackProps extends StackProps {
  readonly release: Release;
}

interface Shown {
  readonly api: Api;
  readonly data: Data;
  readonly delivery: WebhookDelivery;
  readonly queues: Queues;
  readonly version: string;
}

/** All of Pombo (D1). Only wires; what a part is, its construct says. */
export class PomboStack extends Stack {
  constructor(scope: Construct, id: string, props: PomboStackProps) {
    super(scope, id, props);
    const deployment = this.#deployment(props.release);
    const data = new Data(this, 'Data', deployment);
    const queues = new Queues(this, 'Queues', deployment);
    const failures = new Failures(this, 'Failures', deployment).topic;
    const shared = { deployment, data, queues, failures };
    const delivery = new WebhookDelivery(this, 'WebhookDelivery', shared);
    const api = new Api(this, 'Api', { ...shared, retry: delivery.retry });
    new DeadCommands(this, 'DeadCommands', shared);
    const connector = new ConnectorService(this, 'Connector', shared);
    new Monitoring(this, 'Monitoring', shared);
    new QueueAlarms(this, 'QueueAlarms', { queues, failures });
    new DeliveryAlarms(this, 'DeliveryAlarms', { machines: [delivery.retry, delivery.recovery], failures });
    new OperationsDashboard(this, 'Operations', { api, queues, connector, delivery });
    this.#outputs({ api, data, delivery, queues, version: deployment.version });
  }

  #deployment(release: Release): Deployment {
    const { customerKeyArn } = release.config;
    const customerKey = customerKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'CustomerKey', customerKeyArn);
    return { ...release, customerKey };
  }

  /** What people, `npm run keys`, `npm run pombo` and `npm run smoke` need from outside. */
  #outputs({ api, data, delivery, queues, version }: Shown): void {
    const outputs = {
      ApiUrl: api.http.gateway.apiEndpoint,
      AccountsTable: data.tables.accounts.tableName,
      SessionsTable: data.tables.sessions.tableName,
      EndpointsTable: data.tables.endpoints.tableName,
      DeliveriesTable: data.tables.deliveries.tableName,
      EventsDeadLetters: queues.events.deadLetterQueue.queueUrl,
      BulkDeadLetters: queues.bulk.deadLetterQueue.queueUrl,
      OutboundDeadLetters: queues.outboundDeadLetters.queueUrl,
      DeadDeliveries: delivery.deadDeliveries.queueUrl,
      MediaBucket: data.media.bucketName,
      RetryStateMachine: delivery.retry.stateMachineArn,
      PomboVersion: version,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
