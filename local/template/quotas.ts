import type { Resource, StackModel } from './stack-model.ts';
import { TemplateError } from './template-error.ts';

/** CloudFormation's quota of resources in a template. */
const MAX_RESOURCES = 500;
/** Lambda: "Function timeout 900 seconds". */
const MAX_TIMEOUT_S = 900;
/** Lambda: "Function memory allocation 128 MB to 10,240 MB". */
const MEMORY_MB = { least: 128, most: 10_240 };
/** Lambda: "4 KB, for all environment variables associated with the function, in aggregate", as JSON. */
const MAX_ENVIRONMENT_BYTES = 4096;
/** Variables that AWS keeps for itself. */
const RESERVED_VARIABLE =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(REGION|DEFAULT_REGION|ACCESS_KEY.*|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_.*))$/;
/** Batches of an SQS event source: "For standard queues, the maximum is 10,000. For FIFO queues, the maximum is 10". */
const MAX_BATCH = { fifo: 10, standard: 10_000, withoutWindow: 10 };
/** Batching window of an event source, seconds. */
const MAX_WINDOW_S = 300;
/** Maximum concurrency of an SQS event source. */
const CONCURRENCY = { least: 2, most: 1000 };
/** Integration timeout of an HTTP API, milliseconds. */
const INTEGRATION_TIMEOUT_MS = { least: 50, most: 30_000 };
/** Routes and integrations of one HTTP API. */
const MAX_ROUTES = 300;

/**
 * What AWS would refuse to deploy although the template is well formed, one sentence each: the resource, then AWS's own
 * words. A stack at its limits passes.
 */
export function quotaFaults(model: StackModel): readonly string[] {
  return [
    ...resourceCount(model),
    ...model.all('AWS::Lambda::Function').flatMap((resource) => prefixed(resource, functionFaults(resource))),
    ...model
      .all('AWS::Lambda::EventSourceMapping')
      .flatMap((resource) => prefixed(resource, eventSourceFaults(resource, model))),
    ...model
      .all('AWS::ApiGatewayV2::Integration')
      .flatMap((resource) => prefixed(resource, integrationFaults(resource))),
    ...apiFaults(model),
  ];
}

/** @throws TemplateError that says what AWS would refuse */
export function refuseOverQuota(model: StackModel): void {
  const faults = quotaFaults(model);
  if (faults.length > 0) throw new TemplateError(`AWS would refuse this stack:\n${faults.join('\n')}`);
}

const prefixed = ({ logicalId }: { readonly logicalId: string }, faults: readonly string[]): readonly string[] =>
  faults.map((fault) => `${logicalId}: ${fault}`);

const resourceCount = ({ resourceCount: count }: StackModel): readonly string[] =>
  count > MAX_RESOURCES
    ? [`Template format error: Number of resources, ${count}, is greater than maximum allowed, ${MAX_RESOURCES}`]
    : [];

const constraint = (value: number, member: string, { least, most }: typeof MEMORY_MB): readonly string[] => {
  const refused = (relation: string, limit: number): readonly string[] => [
    `Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${relation} than or equal to ${limit}`,
  ];
  if (value < least) return refused('greater', least);
  return value > most ? refused('less', most) : [];
};

function functionFaults({ properties }: Resource<'AWS::Lambda::Function'>): readonly string[] {
  return [
    ...constraint(properties.Timeout, 'timeout', { least: 1, most: MAX_TIMEOUT_S }),
    ...constraint(properties.MemorySize, 'memorySize', MEMORY_MB),
    ...environmentFaults(properties.Environment?.Variables ?? {}),
  ];
}

function environmentFaults(variables: Readonly<Record<string, string>>): readonly string[] {
  const cannot =
    'Lambda was unable to configure your environment variables because the environment variables you have provided';
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLE.test(name));
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  return [
    ...(reserved.length > 0
      ? [
          `${cannot} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
        ]
      : []),
    ...(bytes > MAX_ENVIRONMENT_BYTES ? [`${cannot} exceeded the 4KB limit (${bytes} bytes).`] : []),
  ];
}

function eventSourceFaults(
  { properties }: Resource<'AWS::Lambda::EventSourceMapping'>,
  model: StackModel,
): readonly string[] {
  const { BatchSize: batch, MaximumBatchingWindowInSeconds: windowS, ScalingConfig } = properties;
  const queue = model.find('AWS::SQS::Queue', properties.EventSourceArn);
  const { Timeout } = model.find('AWS::Lambda::Function', properties.FunctionName).properties;
  const visibilityS = visibilitySeconds(queue);
  const fifo = queue.name.endsWith('.fifo');
  const concurrency = ScalingConfig?.MaximumConcurrency;
  return [
    ...constraint(batch, 'batchSize', { least: 1, most: fifo ? MAX_BATCH.fifo : MAX_BATCH.standard }),
    ...constraint(windowS, 'maximumBatchingWindowInSeconds', { least: 0, most: MAX_WINDOW_S }),
    ...(fifo && windowS > 0 ? ['Batching window is not supported for FIFO queues'] : []),
    ...(!fifo && batch > MAX_BATCH.withoutWindow && windowS === 0
      ? ['Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10']
      : []),
    ...(concurrency === undefined ? [] : constraint(concurrency, 'scalingConfig.maximumConcurrency', CONCURRENCY)),
    ...(Timeout > visibilityS
      ? [
          `Invalid request provided: Queue visibility timeout: ${visibilityS} seconds is less than Function timeout: ${Timeout} seconds`,
        ]
      : []),
  ];
}

/** Of a queue, seconds; SQS's own default where the template says nothing. */
export function visibilitySeconds({ properties }: Resource<'AWS::SQS::Queue'>): number {
  return Number(properties['VisibilityTimeout'] ?? DEFAULT_VISIBILITY_S);
}
const DEFAULT_VISIBILITY_S = 30;

const integrationFaults = ({ properties }: Resource<'AWS::ApiGatewayV2::Integration'>): readonly string[] =>
  constraint(properties.TimeoutInMillis, 'timeoutInMillis', INTEGRATION_TIMEOUT_MS);

function apiFaults(model: StackModel): readonly string[] {
  const counted = {
    Routes: model.all('AWS::ApiGatewayV2::Route').length,
    Integrations: model.all('AWS::ApiGatewayV2::Integration').length,
  };
  return Object.entries(counted).flatMap(([what, count]) =>
    count > MAX_ROUTES ? [`${what} per API: ${count} is more than the quota of ${MAX_ROUTES}.`] : [],
  );
}
