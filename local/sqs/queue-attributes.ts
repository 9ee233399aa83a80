import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';

/** Attributes of a queue as SQS stores and returns them: everything is a string. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** What the queue's behaviour depends on, parsed once from its attributes. Times in milliseconds, sizes in bytes. */
export interface QueueSettings {
  readonly fifo: boolean;
  readonly delayMs: number;
  readonly maximumMessageBytes: number;
  readonly retentionMs: number;
  readonly receiveWaitMs: number;
  readonly visibilityTimeoutMs: number;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicatesPerGroup: boolean;
  readonly redrive: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined;
}

/** 1 MiB, the SQS quota for one message and for one batch since August 2025. */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** 12 hours, the SQS quota for a message's time in flight. */
export const MAX_VISIBILITY_SECONDS = 43_200;
/** 15 minutes, the SQS quota for a delay. */
export const MAX_DELAY_SECONDS = 900;
/** 20 seconds, the SQS quota for a long poll. */
export const MAX_WAIT_SECONDS = 20;

const STANDARD_DEFAULTS: QueueAttributes = {
  DelaySeconds: '0',
  MaximumMessageSize: String(MAX_MESSAGE_BYTES),
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};
const FIFO_DEFAULTS: QueueAttributes = {
  ...STANDARD_DEFAULTS,
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

const seconds = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const boolean = z.enum(['true', 'false']);
const redrivePolicy = z.object({
  deadLetterTargetArn: z.string().regex(/^arn:aws:sqs:[^:]+:\d{12}:[\w.-]+$/),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});
const json = z.string().refine((text) => isJson(text));

/** Ranges: SQS API reference, SetQueueAttributes. */
const SETTABLE: Readonly<Record<string, z.ZodType>> = {
  DelaySeconds: seconds(0, MAX_DELAY_SECONDS),
  MaximumMessageSize: seconds(1024, MAX_MESSAGE_BYTES),
  MessageRetentionPeriod: seconds(60, 1_209_600),
  ReceiveMessageWaitTimeSeconds: seconds(0, MAX_WAIT_SECONDS),
  VisibilityTimeout: seconds(0, MAX_VISIBILITY_SECONDS),
  SqsManagedSseEnabled: boolean,
  ContentBasedDeduplication: boolean,
  DeduplicationScope: z.enum(['queue', 'messageGroup']),
  FifoThroughputLimit: z.enum(['perQueue', 'perMessageGroupId']),
  KmsMasterKeyId: z.string(),
  KmsDataKeyReusePeriodSeconds: seconds(60, 86_400),
  Policy: z.literal('').or(json),
  RedrivePolicy: z.literal('').or(json),
  RedriveAllowPolicy: z.literal('').or(json),
};
const FIFO_ONLY = new Set(['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit']);
/** An empty value removes these. */
const REMOVABLE = new Set(['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId']);

export function defaultAttributes(fifo: boolean): QueueAttributes {
  return fifo ? FIFO_DEFAULTS : STANDARD_DEFAULTS;
}

/**
 * Lays `changes` over `current`, as SetQueueAttributes does.
 * @throws AwsError InvalidAttributeName, InvalidAttributeValue
 */
export function changeAttributes(current: QueueAttributes, changes: QueueAttributes): QueueAttributes {
  const fifo = current['FifoQueue'] === 'true';
  const result: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(changes)) {
    const schema = SETTABLE[name];
    if (!schema || (FIFO_ONLY.has(name) && !fifo)) {
      throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
    if (!schema.safeParse(value).success) throw invalidAttributeValue(name);
    if (value === '' && REMOVABLE.has(name)) delete result[name];
    else result[name] = value;
  }
  if (result['FifoThroughputLimit'] === 'perMessageGroupId' && result['DeduplicationScope'] !== 'messageGroup') {
    throw invalidAttributeValue('FifoThroughputLimit');
  }
  return result;
}

/** Reads the settings out of complete, valid attributes. @throws AwsError InvalidAttributeValue for the redrive policy */
export function settingsOf(attributes: QueueAttributes): QueueSettings {
  const secondsOf = (name: string): number => Number(attributes[name]) * 1000;
  const policy = attributes['RedrivePolicy'];
  const redrive = policy === undefined ? undefined : redrivePolicy.safeParse(JSON.parse(policy));
  if (redrive && !redrive.success) throw invalidAttributeValue('RedrivePolicy');
  return {
    fifo: attributes['FifoQueue'] === 'true',
    delayMs: secondsOf('DelaySeconds'),
    maximumMessageBytes: Number(attributes['MaximumMessageSize']),
    retentionMs: secondsOf('MessageRetentionPeriod'),
    receiveWaitMs: secondsOf('ReceiveMessageWaitTimeSeconds'),
    visibilityTimeoutMs: secondsOf('VisibilityTimeout'),
    contentBasedDeduplication: attributes['ContentBasedDeduplication'] === 'true',
    deduplicatesPerGroup: attributes['DeduplicationScope'] === 'messageGroup',
    redrive: redrive?.data,
  };
}

/** Properties of an `AWS::SQS::Queue` with all references resolved: strings, numbers, booleans, policies as objects. */
export type QueueProperties = Readonly<Record<string, unknown>>;

const NOT_ATTRIBUTES = new Set(['QueueName', 'Tags']);

/** CloudFormation's properties as attributes of the SQS API. */
export function attributesOfProperties(properties: QueueProperties): QueueAttributes {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || NOT_ATTRIBUTES.has(name)) continue;
    attributes[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return attributes;
}

function invalidAttributeValue(name: string): AwsError {
  return new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
