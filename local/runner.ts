import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Clock } from '#core/domain/clock.ts';
import type { AlarmWatch } from './alarms/alarm-watch.ts';
import type { AlarmChange } from './alarms/notification.ts';
import type { AwsRequest } from './aws/authorize.ts';
import { Activity } from './clock/activity.ts';
import { childrenOnTime, workersOnTime } from './clock/time-hosts.ts';
import { VirtualClock } from './clock/virtual-clock.ts';
import type { OnConsumed } from './dynamodb/consumed-units.ts';
import type { EcsService } from './ecs/service.ts';
import type { TaskEvent } from './ecs/task.ts';
import type { SqsEventSource } from './event-sources/sqs-event-source.ts';
import { HttpApi } from './http-api/http-api.ts';
import type { InvocationResult } from './lambda/function-definition.ts';
import type { LambdaHostOptions } from './lambda/lambda-host.ts';
import type { LogSink } from './logs/log-line.ts';
import { makeIam, refuseWhatAwsRefuses } from './runner/admission.ts';
import type { Secrets } from './runner/container-secrets.ts';
import { Databases } from './runner/databases.ts';
import { deployAlarms, type RunningAlarms } from './runner/deploy-alarms.ts';
import { type Deployment, deployFunctions, deployRoutes, startEventSources } from './runner/deploy-functions.ts';
import { deployConnections, deployData } from './runner/deploy-resources.ts';
import { type RunningServices, startServices, type WhatsAppTarget } from './runner/deploy-services.ts';
import { recordEmbeddedMetrics } from './runner/embedded-metrics.ts';
import { type Emulators, startEmulators } from './runner/emulators.ts';
import { freshCodeFolder, remembered } from './runner/kept-files.ts';
import { RoleCredentials } from './runner/role-credentials.ts';
import type { SqsEvent } from './sqs/sqs-state.ts';
import type { StatesEvent } from './states/engine.ts';
import { type CloudAssembly, readCloudAssembly } from './template/cloud-assembly.ts';
import type { Place } from './template/physical-names.ts';
import { buildStackModel, type StackModel } from './template/stack-model.ts';

export interface RunnerOptions {
  /** Folder that `cdk synth` wrote. */
  readonly cdkOut: string;
  /** Everything that survives a restart. */
  readonly dataFolder: string;
  /** Port of the HTTP API on 127.0.0.1; 0 for any free one. */
  readonly apiPort: number;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly whatsapp: WhatsAppTarget;
  /** Secrets of containers. @default variables of this process */
  readonly secrets?: Secrets | undefined;
  /** Hears of each request to a service of AWS before it is decided whether it may. */
  readonly onRequest?: ((request: AwsRequest) => void) | undefined;
  /** Hears of what each call of DynamoDB was billed for. */
  readonly onConsumed?: OnConsumed | undefined;
  /** Hears of each invocation of a function that ended or was throttled. */
  readonly onInvocation?: LambdaHostOptions['onInvocation'];
  /** Gets each line that functions and containers write, as they wrote it. */
  readonly onOutput?: ((line: string) => void) | undefined;
  /** How often what has expired is deleted from tables, milliseconds. @default a minute */
  readonly sweepEveryMs?: number | undefined;
  /** Concurrent executions of Lambda in the account; a new account has 10. @default 1000 */
  readonly accountConcurrency?: number | undefined;
  /** @default us-east-1 */
  readonly region?: string;
  /** Values of the template's parameters. @default their own defaults */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Something that happened; tests await these instead of polling. */
export type RunnerEvent =
  | { readonly source: 'sqs'; readonly event: SqsEvent }
  | { readonly source: 'states'; readonly event: StatesEvent }
  | { readonly source: 'ecs'; readonly event: TaskEvent }
  | { readonly source: 'alarms'; readonly event: AlarmChange };

/** The whole stack on this machine. */
export interface Runner {
  /** `http://127.0.0.1:<port>` */
  readonly apiUrl: string;
  readonly awsEndpoint: string;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly model: StackModel;
  readonly emulators: Emulators;
  /** Container services by logical id without CDK's digits. */
  readonly services: readonly EcsService[];
  readonly alarms: AlarmWatch;
  /** Access keys of the template's roles. */
  readonly credentials: RoleCredentials;
  /** What is under way; with a virtual clock the time stands still until it is done. */
  readonly activity: Activity;
  /** Runs one event in a function, by its name or the beginning of its logical id. @throws AwsError as Lambda's Invoke */
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  /** Replaces all tasks of the container services, as a deployment does. @throws DeploymentFailed */
  replaceServices(): Promise<void>;
  /** Moves the virtual clock, milliseconds; what falls due on the way is done before. @throws with a real clock */
  advance(byMs: number): Promise<void>;
  /** Hears of what happens. Returns how to stop. */
  on(listener: (event: RunnerEvent) => void): () => void;
  /** Stops everything in order; containers get SIGTERM and their stop time-out. */
  stop(): Promise<void>;
  /** Ends the containers at once; `stop()` then takes no time. */
  killServices(): void;
}

/** How long `stop()` waits for events that functions have in hand, milliseconds of real time. */
const IN_HAND_LIMIT_MS = 10_000;

/**
 * Runs a synthesized stack. The order: what holds state first, then what works on it, then what lets work in.
 * @throws TemplateError, or an Error with a sentence, when the stack can't run here; nothing is left running then
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const undo: (() => unknown)[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function start(options: RunnerOptions, undo: (() => unknown)[]): Promise<Runner> {
  const { clock, log, dataFolder, region = 'us-east-1' } = options;
  const assembly = readCloudAssembly(options.cdkOut);
  const activity = new Activity();
  const virtual = clock instanceof VirtualClock ? clock : undefined;
  const databases = new Databases(dataFolder);
  undo.push(() => databases.close());
  const credentials = new RoleCredentials(remembered(databases.path('seed'), () => randomBytes(32).toString('hex')));
  const iam = makeIam(clock, credentials, log);
  const code = freshCodeFolder(databases.path('code-folder'));
  undo.push(() => code.remove());
  const api = await HttpApi.listen(options.apiPort, {
    clock,
    log,
    invoke: (name, event) => emulators.lambda.invoke(name, event),
    onAnswer: (answer) => emulators.recorder.answered(answer),
  });
  undo.push(() => api.close());
  const preferredPort = Number(remembered(databases.path('aws-port'), () => '0'));
  const emulators = await startEmulators({
    clock,
    activity,
    log,
    databases,
    region,
    credentials,
    preferredPort,
    authorize(request) {
      options.onRequest?.(request);
      iam.authorize(request);
    },
    onConsumed: options.onConsumed,
    sweepEveryMs: options.sweepEveryMs,
    accountConcurrency: options.accountConcurrency,
    workerTime: virtual && workersOnTime(virtual, activity),
    onOutput: options.onOutput,
    onInvocation: options.onInvocation,
  });
  undo.push(() => emulators.close());
  logHops(emulators, log);
  const awsEndpoint = emulators.server.endpoint;
  writeFileSync(databases.path('aws-port'), new URL(awsEndpoint).port);
  const model = modelOf(assembly, { region, awsEndpoint, apiUrl: api.url, emulators }, options.parameters);
  refuseWhatAwsRefuses(model, iam);
  const deployment: Deployment = { model, assembly, emulators, credentials, code, clock, log };
  await deployData(model, emulators);
  deployFunctions(deployment);
  deployConnections(model, emulators, credentials);
  const alarms = deployAlarms(deployment, databases.open('alarms'));
  emulators.lambda.resume();
  const sources = startEventSources(deployment, databases.open('event-sources'));
  undo.push(() => Promise.all(sources.map((source) => source.stop())));
  deployRoutes(deployment, api);
  const running = await startContainers(options, deployment, { databases, activity });
  alarms.start(running.services);
  return handle({ deployment, api, activity, running, alarms, sources, databases });
}

function startContainers(
  options: RunnerOptions,
  deployment: Deployment,
  { databases, activity }: Pick<Parts, 'databases' | 'activity'>,
): Promise<RunningServices> {
  const { clock, emulators } = deployment;
  return startServices(deployment, {
    whatsapp: options.whatsapp,
    secrets: options.secrets ?? {},
    database: databases.open('ecs'),
    activity,
    childTime: clock instanceof VirtualClock ? childrenOnTime(clock, activity) : undefined,
    onOutput(line) {
      recordEmbeddedMetrics(emulators.metrics, line);
      options.onOutput?.(line);
    },
  });
}

function modelOf(
  { template, stackName }: CloudAssembly,
  { emulators, ...place }: Pick<Place, 'region' | 'awsEndpoint' | 'apiUrl'> & { readonly emulators: Emulators },
  parameters: RunnerOptions['parameters'],
): StackModel {
  const keyIdOf = (id: string): string => emulators.kms.createKey(id).keyId;
  return buildStackModel(template, { stackName, keyIdOf, ...place }, parameters);
}

/** At level debug: where each message goes. */
function logHops({ sqs, states }: Emulators, log: LogSink): void {
  sqs.on(({ type, queue, messageId }) =>
    log({ part: 'sqs', level: 'debug', text: `${type} ${queue}`, fields: { messageId } }),
  );
  states.on(({ type, ...fields }) => log({ part: 'states', level: 'debug', text: type, fields }));
}

interface Parts {
  readonly deployment: Deployment;
  readonly api: HttpApi;
  readonly activity: Activity;
  readonly running: RunningServices;
  readonly alarms: RunningAlarms;
  readonly sources: readonly SqsEventSource[];
  readonly databases: Databases;
}

function handle(parts: Parts): Runner {
  const { api, activity, running, alarms, deployment } = parts;
  const { model, emulators, credentials, clock } = deployment;
  const { services } = running;
  return {
    apiUrl: api.url,
    awsEndpoint: emulators.server.endpoint,
    outputs: model.outputs,
    model,
    emulators,
    services,
    alarms: alarms.watch,
    credentials,
    activity,
    invoke(functionName, event) {
      const found = model
        .all('AWS::Lambda::Function')
        .find(({ name, logicalId }) => name === functionName || logicalId.startsWith(functionName));
      return emulators.lambda.invoke(found?.name ?? functionName, JSON.stringify(event));
    },
    async replaceServices() {
      await Promise.all(services.map((service) => service.replace()));
    },
    async advance(byMs) {
      if (!(clock instanceof VirtualClock)) throw new Error('Only a virtual clock can be moved.');
      await clock.advance(byMs, () => activity.idle());
    },
    on(listener) {
      const stops = [
        emulators.sqs.on((event) => listener({ source: 'sqs', event })),
        emulators.states.on((event) => listener({ source: 'states', event })),
        ...services.map((service) => service.on((event) => listener({ source: 'ecs', event }))),
        alarms.on((event) => listener({ source: 'alarms', event })),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    stop: stopOnce(parts),
    killServices() {
      for (const service of services) service.kill();
    },
  };
}

/** Lets nothing new in, lets what is in hand end, then stops what it needs. */
function stopOnce(parts: Parts): () => Promise<void> {
  const { api, running, alarms, sources, databases, deployment } = parts;
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    alarms.stop();
    await api.close();
    const inHand = Promise.all(sources.map((source) => source.stop()));
    await Promise.all([...running.services.map((service) => service.stop()), atMost(inHand, IN_HAND_LIMIT_MS)]);
    await running.metadata.close();
    await deployment.emulators.close();
    databases.close();
    deployment.code.remove();
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

async function atMost(work: Promise<unknown>, limitMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
