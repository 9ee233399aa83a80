import * as z from 'zod';

const TaskMetadataSchema = z.object({ TaskARN: z.string().min(1) });

/** The metadata endpoint is on the same host and answers at once. */
const METADATA_TIMEOUT_MS = 2000;

/**
 * Who this task is: the last part of its ARN from the ECS task metadata endpoint v4, the host's name where there is no ECS.
 * It stays the same when the container is restarted in place.
 * @throws when there is an endpoint that does not answer
 */
export async function readTaskId(options: {
  readonly metadataUri: string | undefined;
  readonly hostname: string;
}): Promise<string> {
  if (options.metadataUri === undefined) return options.hostname;
  const response = await fetch(`${options.metadataUri}/task`, { signal: AbortSignal.timeout(METADATA_TIMEOUT_MS) });
  const { TaskARN } = TaskMetadataSchema.parse(await response.json());
  return TaskARN.split('/').at(-1) ?? TaskARN;
}
