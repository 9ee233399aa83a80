import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { Env } from '#core/resource-names.ts';
import { type MetadataServer, startMetadataServer } from '../ecs/metadata-server.ts';
import { EcsService, type TaskIdStore } from '../ecs/service.ts';
import type { TaskHost } from '../ecs/task.ts';
import type { TaskSpec } from '../ecs/task-spec.ts';
import { LOCAL_ACCOUNT } from '../template/physical-names.ts';
import type { Resource } from '../template/stack-model.ts';
import { TemplateError } from '../template/template-error.ts';
import { containerSecrets, type Secrets } from './container-secrets.ts';
import { type Deployment, shortName } from './deploy-functions.ts';
import { containerEnvironment } from './environments.ts';
import { initialCount } from './service-meter.ts';

/** Which WhatsApp the connector talks to: WhatsApp's own, or a server at an address. */
export type WhatsAppTarget =
  | 'live'
  | {
      /** `ws://` on this machine, `wss://` anywhere. */
      readonly url: string;
      /** PEM file of an authority that its certificates are signed by. */
      readonly caCertificateFile?: string | undefined;
      /** Hosts that received media may be fetched from, beside WhatsApp's own. */
      readonly mediaHosts?: readonly string[] | undefined;
    };

export interface ServiceOptions {
  readonly whatsapp: WhatsAppTarget;
  readonly secrets: Secrets;
  readonly database: DatabaseSync;
  readonly activity: TaskHost['activity'];
  readonly childTime: TaskHost['childTime'];
  readonly onOutput: (line: string) => void;
}

export interface RunningServices {
  readonly services: readonly EcsService[];
  readonly metadata: MetadataServer;
}

type Definition = Resource<'AWS::ECS::TaskDefinition'>;
type ContainerProperties = Definition['properties']['ContainerDefinitions'][number];

/** Starts the container services of the template. */
export async function startServices(deployment: Deployment, options: ServiceOptions): Promise<RunningServices> {
  const { model, clock, log, code } = deployment;
  const services: EcsService[] = [];
  const metadata = await startMetadataServer((id) =>
    services
      .flatMap(({ tasks }) => tasks)
      .find((task) => task.id === id)
      ?.describe(),
  );
  const host: TaskHost = {
    clock,
    log,
    metadataUri: (taskId) => metadata.uri(taskId),
    scratch: code.root,
    onOutput: options.onOutput,
    activity: options.activity,
    childTime: options.childTime,
  };
  const ids = taskIds(options.database);
  for (const resource of model.all('AWS::ECS::Service')) {
    const { name, logicalId, properties } = resource;
    const definition = model.find('AWS::ECS::TaskDefinition', properties.TaskDefinition);
    const service = new EcsService({
      name,
      clusterName: properties.Cluster,
      region: model.place.region,
      accountId: LOCAL_ACCOUNT,
      desiredCount: initialCount(resource, model),
      spec: taskSpec(deployment, definition, options),
      host,
      ids,
      part: shortName(logicalId)
        .replace(/Service$/, '')
        .toLowerCase(),
    });
    services.push(service);
    service.start();
  }
  return { services, metadata };
}

function taskSpec(deployment: Deployment, definition: Definition, options: ServiceOptions): TaskSpec {
  const { model, assembly, credentials, code } = deployment;
  const { properties, logicalId } = definition;
  const container = properties.ContainerDefinitions[0] as ContainerProperties;
  const image = assembly.imageFolder(container.Image);
  const folder = code.copy(image, path.basename(image).slice(0, FOLDER_DIGITS));
  const role = credentials.of(properties.TaskRoleArn ?? definition.arn);
  return {
    family: definition.name,
    containerName: container.Name,
    image: container.Image,
    command: commandOf(container, folder, logicalId),
    folder,
    environment: {
      ...containerEnvironment(container.Environment, model.place, role),
      ...containerSecrets(definition, options.secrets),
      ...whatsappEnvironment(options.whatsapp),
    },
    cpuUnits: properties.Cpu,
    memoryMb: properties.Memory,
    healthCheck: healthCheckOf(container),
    stopTimeoutMs: container.StopTimeout * 1000,
    restart: container.RestartPolicy?.Enabled
      ? {
          ignoredExitCodes: container.RestartPolicy.IgnoredExitCodes,
          attemptPeriodMs: container.RestartPolicy.RestartAttemptPeriod * 1000,
        }
      : undefined,
  };
}
/** `asset.` and enough of the hash. */
const FOLDER_DIGITS = 18;

const CommandSchema = z.array(z.string()).min(1);

/** The container's command; where the template has none, the Dockerfile's. */
function commandOf(
  { EntryPoint = [], Command = [] }: ContainerProperties,
  folder: string,
  logicalId: string,
): string[] {
  if (EntryPoint.length + Command.length > 0) return [...EntryPoint, ...Command];
  const dockerfile = readFileSync(path.join(folder, 'Dockerfile'), 'utf8');
  const words = ['ENTRYPOINT', 'CMD'].flatMap((instruction) => {
    const json = new RegExp(`^${instruction}\\s+(\\[.*\\])\\s*$`, 'm').exec(dockerfile)?.[1];
    return json === undefined ? [] : CommandSchema.parse(JSON.parse(json));
  });
  if (words.length === 0)
    throw new TemplateError(`${logicalId} has no command, and its Dockerfile none in the form CMD ["…"].`);
  return words;
}

function healthCheckOf({ HealthCheck }: ContainerProperties): TaskSpec['healthCheck'] {
  if (!HealthCheck) return undefined;
  const [kind, ...words] = HealthCheck.Command;
  return {
    command: kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words,
    intervalMs: HealthCheck.Interval * 1000,
    timeoutMs: HealthCheck.Timeout * 1000,
    retries: HealthCheck.Retries,
    startPeriodMs: HealthCheck.StartPeriod * 1000,
  };
}

function whatsappEnvironment(whatsapp: WhatsAppTarget): Record<string, string> {
  // A company's own authority, in front of WhatsApp or of another server.
  const inherited = process.env['NODE_EXTRA_CA_CERTS'];
  const certificates = (whatsapp === 'live' ? undefined : whatsapp.caCertificateFile) ?? inherited;
  return {
    ...(certificates !== undefined && { NODE_EXTRA_CA_CERTS: path.resolve(certificates) }),
    ...(whatsapp !== 'live' && {
      [Env.whatsappUrl]: whatsapp.url,
      ...(whatsapp.mediaHosts && { [Env.mediaHosts]: whatsapp.mediaHosts.join(',') }),
    }),
  };
}

/** Ids of the tasks that run, so that a task is the same after a restart of the runner. */
function taskIds(database: DatabaseSync): TaskIdStore {
  database.exec('CREATE TABLE IF NOT EXISTS ecs_tasks (service TEXT PRIMARY KEY, ids TEXT NOT NULL) STRICT');
  return {
    load(service) {
      const row = database.prepare('SELECT ids FROM ecs_tasks WHERE service = ?').get(service);
      return row ? z.array(z.string()).parse(JSON.parse(String(row['ids']))) : [];
    },
    save(service, ids) {
      if (!database.isOpen) return;
      database.prepare('INSERT OR REPLACE INTO ecs_tasks VALUES (?, ?)').run(service, JSON.stringify(ids));
    },
  };
}
