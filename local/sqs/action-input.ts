import * as z from 'zod';
import type { Authorize } from '../aws/authorize.ts';
import type { AwsCall } from '../aws/aws-server.ts';
import type { JsonAction } from '../aws/json-protocol.ts';
import { AwsError } from '../aws/json-protocol.ts';
import type { Queue } from './queue-store.ts';
import type { SqsEngine } from './sqs-engine.ts';
import { invalidParameter, missingParameter } from './sqs-errors.ts';

/** What the actions work with. */
export interface ActionContext {
  readonly engine: SqsEngine;
  /** `http://127.0.0.1:<port>`, known once the server listens. */
  readonly endpoint: () => string;
  readonly authorize: Authorize;
}

/** Who asked, and whether it has hung up. */
export interface Caller {
  readonly call: AwsCall;
  readonly closed: AbortSignal;
}

export const queueUrlInput = z.object({ QueueUrl: z.string() });

/**
 * An action on the queue that `QueueUrl` names.
 * @param permission IAM action without its prefix
 */
export function queueAction<Schema extends typeof queueUrlInput>(
  context: ActionContext,
  permission: string,
  schema: Schema,
  run: (queue: Queue, input: z.output<Schema>, caller: Caller) => unknown,
): JsonAction {
  return (raw, call, closed) => {
    const input = parseInput(schema, raw);
    const name = queueNameOf(input.QueueUrl);
    authorizeQueue(context, permission, name, call);
    return run(context.engine.queue(name), input, { call, closed });
  };
}

export function authorizeQueue(context: ActionContext, permission: string, name: string, call: AwsCall): void {
  const resource = context.engine.state.queues.arnOf(name);
  context.authorize({ accessKeyId: call.accessKeyId, action: `sqs:${permission}`, resource });
}

/** @throws AwsError MissingRequiredParameterException, InvalidParameterValueException */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'invalid_type' && issue.input === undefined) throw missingParameter(path);
  throw invalidParameter(`Value for parameter ${path} is invalid. Reason: ${issue?.message ?? ''}`);
}

/** @throws AwsError InvalidAddress */
function queueNameOf(queueUrl: string): string {
  const name = /^https?:\/\/[^/]+\/\d{12}\/([^/?#]+)$/.exec(queueUrl)?.[1];
  if (name === undefined) {
    throw new AwsError('InvalidAddress', `The address ${queueUrl} is not valid for this endpoint.`, 404);
  }
  return decodeURIComponent(name);
}
