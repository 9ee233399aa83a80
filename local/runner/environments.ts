import process from 'node:process';
import { Env } from '#core/resource-names.ts';
import type { Place } from '../template/physical-names.ts';
import type { Resource } from '../template/stack-model.ts';
import type { Credentials } from './role-credentials.ts';

/** What a function finds in its environment: the template's variables and those of Lambda's runtime. */
export function functionEnvironment(
  { name, properties }: Resource<'AWS::Lambda::Function'>,
  place: Place,
  credentials: Credentials,
  folder: string,
): Record<string, string> {
  return {
    ...properties.Environment?.Variables,
    ...awsEnvironment(place, credentials),
    _HANDLER: properties.Handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: folder,
  };
}

/** What a container finds in its environment, beside what its task adds. */
export function containerEnvironment(
  own: readonly { readonly Name: string; readonly Value: string }[],
  place: Place,
  credentials: Credentials,
): Record<string, string> {
  return {
    ...Object.fromEntries(own.map(({ Name, Value }) => [Name, Value])),
    ...awsEnvironment(place, credentials),
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
  };
}

function awsEnvironment({ region, awsEndpoint }: Place, credentials: Credentials): Record<string, string> {
  return {
    [Env.local]: '1',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // The SDK would look for the credentials of a real machine otherwise.
    AWS_EC2_METADATA_DISABLED: 'true',
    LANG: 'en_US.UTF-8',
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    TZ: 'UTC',
  };
}
