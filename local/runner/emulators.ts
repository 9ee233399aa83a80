import type { Clock } from '#core/domain/clock.ts';
import { ServiceMetrics } from '../alarms/service-metrics.ts';
import type { Authorize } from '../aws/authorize.ts';
import { type AwsServer, type AwsService, startAwsServer } from '../aws/aws-server.ts';
import type { Activity } from '../clock/activity.ts';
import type { WorkerTimeHost } from '../clock/time-hosts.ts';
import { CloudWatchService } from '../cloudwatch/cloudwatch-service.ts';
import { MetricStore } from '../cloudwatch/metric-store.ts';
import { feedSqsMetrics } from '../cloudwatch/sqs-metrics.ts';
import type { OnConsumed } from '../dynamodb/consumed-units.ts';
import { DynamoService } from '../dynamodb/dynamo-service.ts';
import { type Dynamo, startDynamo } from '../dynamodb/dynoxide-process.ts';
import { TtlSweeper } from '../dynamodb/ttl-sweeper.ts';
import { OPERATOR_ACCESS_KEY } from '../iam/iam.ts';
import { KmsService } from '../kms/kms-service.ts';
import { LambdaHost, type LambdaHostOptions } from '../lambda/lambda-host.ts';
import { type LogSink, printable } from '../logs/log-line.ts';
import { S3Service } from '../s3/s3-service.ts';
import { Scheduler } from '../schedules/scheduler.ts';
import { SnsService } from '../sns/sns-service.ts';
import { SqsService } from '../sqs/sqs-service.ts';
import { StepFunctions } from '../states/step-functions.ts';
import type { Databases } from './databases.ts';
import { recordEmbeddedMetrics } from './embedded-metrics.ts';
import type { RoleCredentials } from './role-credentials.ts';
import { scheduleTargets, type TargetServices } from './schedule-targets.ts';
import { makeTaskPort } from './task-port.ts';

export interface EmulatorOptions {
  readonly clock: Clock;
  readonly activity: Activity;
  readonly log: LogSink;
  readonly databases: Databases;
  readonly region: string;
  readonly credentials: RoleCredentials;
  /** Port that was used before, so that queue URLs in stored data stay right; any free one when it is taken. */
  readonly preferredPort: number;
  readonly workerTime: WorkerTimeHost | undefined;
  /** Gets each line that functions write. */
  readonly onOutput?: ((line: string) => void) | undefined;
  /** Hears of each invocation of a function that ended or was throttled. */
  readonly onInvocation?: LambdaHostOptions['onInvocation'];
  /** Asked before each action of each service. */
  readonly authorize: Authorize;
  /** Hears of what each call of DynamoDB was billed for. */
  readonly onConsumed?: OnConsumed | undefined;
  /** How often what has expired is deleted from tables. @default a minute */
  readonly sweepEveryMs?: number | undefined;
  /** Concurrent executions of Lambda in the account. @default 1000 */
  readonly accountConcurrency?: number | undefined;
}

/** Everything that stands for an AWS service on this machine. */
export interface Emulators {
  readonly server: AwsServer;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly kms: KmsService;
  readonly s3: S3Service;
  readonly dynamo: DynamoService;
  readonly states: StepFunctions;
  readonly lambda: LambdaHost;
  readonly scheduler: Scheduler;
  readonly metrics: MetricStore;
  readonly cloudwatch: CloudWatchService;
  /** What AWS's services measure of themselves. */
  readonly recorder: ServiceMetrics;
  close(): Promise<void>;
}

/** Starts the emulated services behind one endpoint; they are empty until the template fills them. */
export async function startEmulators(options: EmulatorOptions): Promise<Emulators> {
  const { clock, log, databases, region, authorize, onConsumed } = options;
  const services = new Map<string, AwsService>();
  const server = await startOnPreferredPort(options, services);
  const dynamo = await startDynamo({
    dataFile: databases.path('dynamodb.sqlite'),
    onDeath: (reason) => log({ part: 'dynamodb', level: 'fatal', text: reason, fields: {} }),
    onLog: (line) => log({ part: 'dynamodb', level: 'debug', text: printable(line), fields: {} }),
  });
  const metrics = new MetricStore(clock);
  const recorder = new ServiceMetrics(metrics);
  const cloudwatch = new CloudWatchService({ store: metrics, authorize });
  const lambda = makeLambda(options, metrics, recorder);
  const sqs = new SqsService({
    clock,
    database: databases.open('sqs'),
    endpoint: () => server.endpoint,
    region,
    authorize,
  });
  const sns = makeSns(options, sqs, lambda);
  const kms = new KmsService({ clock, database: databases.open('kms'), region, authorize });
  const s3 = new S3Service({
    clock,
    database: databases.open('s3'),
    folder: databases.path('objects'),
    secretOf: (key) => (key === OPERATOR_ACCESS_KEY ? key : options.credentials.secretOf(key)),
    region,
    authorize,
  });
  const dynamoService = new DynamoService({ endpoint: dynamo.endpoint, clock, region, authorize, onConsumed });
  const states = makeStates(options, { lambda, sqs, sns, dynamo: dynamoService });
  const scheduler = makeScheduler(options, { lambda, sqs, sns, states });
  for (const [name, service] of Object.entries({
    sqs,
    sns,
    kms,
    s3,
    dynamodb: dynamoService,
    states,
    lambda,
    monitoring: cloudwatch,
  }))
    services.set(name, service);
  const parts = { server, sqs, sns, kms, s3, dynamo: dynamoService, states, lambda, scheduler, metrics };
  return { ...parts, cloudwatch, recorder, close: closer(options, parts, dynamo) };
}

async function startOnPreferredPort(
  { clock, log, preferredPort }: EmulatorOptions,
  services: ReadonlyMap<string, AwsService>,
): Promise<AwsServer> {
  const onDefect = (error: unknown): void =>
    log({
      part: 'aws',
      level: 'error',
      text: error instanceof Error ? (error.stack ?? '') : String(error),
      fields: {},
    });
  const now = (): number => clock.now();
  try {
    return await startAwsServer({ services, onDefect, now, port: preferredPort });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startAwsServer({ services, onDefect, now });
  }
}

function makeLambda(options: EmulatorOptions, metrics: MetricStore, recorder: ServiceMetrics): LambdaHost {
  return new LambdaHost({
    clock: options.clock,
    log: options.log,
    database: options.databases.open('lambda'),
    time: options.workerTime,
    accountConcurrency: options.accountConcurrency,
    onOutput(_name, line) {
      recordEmbeddedMetrics(metrics, line);
      options.onOutput?.(line);
    },
    onInvocation(name, invocation) {
      recorder.invoked(name, invocation);
      options.onInvocation?.(name, invocation);
    },
    authorize: options.authorize,
  });
}

function makeSns(
  { clock, databases, log, region, authorize }: EmulatorOptions,
  sqs: SqsService,
  lambda: LambdaHost,
): SnsService {
  return new SnsService({
    clock,
    database: databases.open('sns'),
    region,
    authorize,
    ways: {
      toQueue: (queueArn, { body, attributes, groupId }) =>
        void sqs.send(queueArn.split(':')[5] ?? '', { body, attributes, groupId, senderId: 'sns.amazonaws.com' }),
      toFunction: async (functionArn, event) => void lambda.invokeAsync(functionArn, JSON.stringify(event)),
      toMailbox: ({ to, subject, text }) =>
        log({ part: 'mail', level: 'info', text: `to ${to}: ${subject}\n${printable(text)}`, fields: {} }),
    },
  });
}

function makeStates(
  { clock, databases, region, activity, log, authorize }: EmulatorOptions,
  { lambda, sqs, sns, dynamo }: Pick<Emulators, 'lambda' | 'sqs' | 'sns' | 'dynamo'>,
): StepFunctions {
  const states: StepFunctions = new StepFunctions({
    clock,
    database: databases.open('states'),
    region,
    activity,
    authorize,
    tasks: makeTaskPort({ lambda, sqs, sns, dynamo: dynamo.call, states: () => states, authorize, region }),
    onDefect: (error, arn) => log({ part: 'states', level: 'error', text: `${arn}: ${String(error)}`, fields: {} }),
  });
  return states;
}

function makeScheduler({ clock, region, activity, log }: EmulatorOptions, services: TargetServices): Scheduler {
  return new Scheduler({
    clock,
    region,
    activity,
    targets: scheduleTargets(services),
    onFailure: (error, { schedule }) =>
      log({ part: 'runner', level: 'error', text: `Schedule ${schedule.name} failed: ${String(error)}`, fields: {} }),
  });
}

function closer(
  { clock, log, activity, sweepEveryMs }: EmulatorOptions,
  parts: Omit<Emulators, 'close' | 'cloudwatch' | 'recorder'>,
  process: Dynamo,
): () => Promise<void> {
  const { server, sqs, sns, s3, dynamo, states, lambda, scheduler, metrics } = parts;
  const sweeper = new TtlSweeper({
    clock,
    activity,
    call: dynamo.call,
    everyMs: sweepEveryMs,
    onError: (error) => log({ part: 'dynamodb', level: 'warn', text: `Sweep failed: ${String(error)}`, fields: {} }),
  });
  const stopMetrics = feedSqsMetrics(metrics, sqs);
  return async () => {
    scheduler.close();
    stopMetrics();
    states.close();
    sns.close();
    await lambda.close();
    sqs.close();
    await server.close();
    await sweeper.close();
    await s3.close();
    await dynamo.close();
    await process.close();
  };
}
