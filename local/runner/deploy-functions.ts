import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '#core/domain/clock.ts';
import { HeldMessages } from '../event-sources/held-messages.ts';
import { SqsEventSource } from '../event-sources/sqs-event-source.ts';
import type { HttpApi, HttpApiRoute } from '../http-api/http-api.ts';
import { RouteTable } from '../http-api/route-table.ts';
import type { CodeFolder } from '../lambda/code-folder.ts';
import type { LogSink } from '../logs/log-line.ts';
import type { CloudAssembly } from '../template/cloud-assembly.ts';
import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import { visibilitySeconds } from '../template/quotas.ts';
import type { StackModel } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Emulators } from './emulators.ts';
import { functionEnvironment } from './environments.ts';
import type { RoleCredentials } from './role-credentials.ts';

/** What the parts of a deployment are made of. */
export interface Deployment {
  readonly model: StackModel;
  readonly assembly: CloudAssembly;
  readonly emulators: Emulators;
  readonly credentials: RoleCredentials;
  readonly code: CodeFolder;
  readonly clock: Clock;
  readonly log: LogSink;
}

/** Logical ids end with eight hex digits of CDK's; nobody reads those in a log. */
export const shortName = (logicalId: string): string => logicalId.replace(/(Function)?[0-9A-F]{8}$/, '') || logicalId;

/** Defines the functions; they start with their first event. */
export function deployFunctions({ model, assembly, emulators, credentials, code }: Deployment): void {
  for (const resource of model.all('AWS::Lambda::Function')) {
    const { name, arn, logicalId, properties } = resource;
    if (!properties.Runtime.startsWith('nodejs'))
      throw new TemplateError(`${logicalId} has the runtime ${properties.Runtime}; only Node.js runs on one machine.`);
    const source = assembly.codeFolder(properties.Code.S3Key);
    const folder = code.copy(source, properties.Code.S3Key.slice(0, FOLDER_DIGITS));
    const definition = {
      name,
      arn,
      folder,
      handler: properties.Handler,
      environment: functionEnvironment(resource, model.place, credentials.of(properties.Role), folder),
      memoryMb: properties.MemorySize,
      timeoutMs: properties.Timeout * 1000,
      reservedConcurrency: properties.ReservedConcurrentExecutions,
    };
    emulators.lambda.define(definition, shortName(logicalId));
  }
}
/** Of an asset's hash: enough to tell folders apart, short enough for stack traces. */
const FOLDER_DIGITS = 12;

/** Connects queues to functions. The pollers run until they are stopped. */
export function startEventSources(
  { model, emulators, clock, log }: Deployment,
  database: DatabaseSync,
): readonly SqsEventSource[] {
  const held = new HeldMessages(database);
  held.recover(
    ({ queue, receiptHandle }) => emulators.sqs.changeVisibility(queue, receiptHandle, 0),
    (error) =>
      log({ part: 'runner', level: 'debug', text: `A held message has moved on: ${String(error)}`, fields: {} }),
  );
  const sources = model
    .all('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties.Enabled)
    .map(({ properties }) => {
      const queue = model.find('AWS::SQS::Queue', properties.EventSourceArn);
      return new SqsEventSource({
        clock,
        log,
        queue: emulators.sqs,
        held,
        invoke: (name, event) => emulators.lambda.invoke(name, event),
        mapping: {
          queueName: queue.name,
          queueArn: queue.arn,
          region: model.place.region,
          functionName: model.find('AWS::Lambda::Function', properties.FunctionName).name,
          batchSize: properties.BatchSize,
          batchingWindowMs: properties.MaximumBatchingWindowInSeconds * 1000,
          reportsFailures: properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
          maxConcurrency: properties.ScalingConfig?.MaximumConcurrency,
          visibilityTimeoutMs: visibilitySeconds(queue) * 1000,
        },
      });
    });
  for (const source of sources) source.start();
  return sources;
}

/** Opens the API: from here on requests reach the functions. */
export function deployRoutes({ model }: Deployment, api: HttpApi): void {
  const [resource, ...others] = model.all('AWS::ApiGatewayV2::Api');
  if (!resource || others.length > 0)
    throw new TemplateError(`The template has ${others.length + (resource ? 1 : 0)} HTTP APIs; exactly one runs here.`);
  const routes = model.all('AWS::ApiGatewayV2::Route').map(({ properties }): HttpApiRoute => {
    const integration = model.find('AWS::ApiGatewayV2::Integration', properties.Target.replace(/^integrations\//, ''));
    const { IntegrationUri, TimeoutInMillis } = integration.properties;
    const functionArn = /arn:aws:lambda:[^/]+/.exec(IntegrationUri)?.[0] ?? IntegrationUri;
    const { name } = model.find('AWS::Lambda::Function', functionArn);
    return { routeKey: properties.RouteKey, target: { functionName: name, timeoutMs: TimeoutInMillis } };
  });
  const [stage] = model.all('AWS::ApiGatewayV2::Stage');
  api.configure({
    apiId: resource.ref,
    accountId: LOCAL_ACCOUNT,
    routes: new RouteTable(routes),
    cors: resource.properties.CorsConfiguration,
    throttling: throttlingOf(stage?.properties.DefaultRouteSettings),
  });
}

/** What a stage asks for, within what the account has: "10,000 requests per second with a burst of 5,000". */
const throttlingOf = ({
  ThrottlingRateLimit: rate = ACCOUNT_RATE,
  ThrottlingBurstLimit: burst = ACCOUNT_BURST,
}: {
  readonly ThrottlingRateLimit?: number | undefined;
  readonly ThrottlingBurstLimit?: number | undefined;
} = {}): { readonly ratePerSecond: number; readonly burst: number } => ({
  ratePerSecond: Math.min(rate, ACCOUNT_RATE),
  burst: Math.min(burst, ACCOUNT_BURST),
});
const ACCOUNT_RATE = 10_000;
const ACCOUNT_BURST = 5000;
