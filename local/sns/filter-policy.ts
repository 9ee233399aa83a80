import * as z from 'zod';
import { AwsError } from '../aws/json-protocol.ts';
import type { MessageAttributes } from '../sqs/message-attributes-md5.ts';

/** Accepted values by attribute; all attributes must match, each with one of its values. */
export type FilterPolicy = Readonly<Record<string, readonly Condition[]>>;

const condition = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ exists: z.boolean() }),
  z.strictObject({ prefix: z.string() }),
]);
type Condition = z.output<typeof condition>;

const policy = z.record(z.string(), z.array(condition).min(1));

/** @throws AwsError InvalidParameter for what is not a policy, or one that SNS knows and this emulator does not */
export function parseFilterPolicy(text: string): FilterPolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('FilterPolicy: failed to parse JSON.');
  }
  const parsed = policy.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid('FilterPolicy: only exact values, exists and prefix are known here.');
}

/** Whether a message with these attributes passes. */
export function passesFilter(policy: FilterPolicy, attributes: MessageAttributes): boolean {
  return Object.entries(policy).every(([name, conditions]) => {
    const values = valuesOf(attributes, name);
    return conditions.some((wanted) => meets(wanted, values));
  });
}

type Value = string | number | boolean | null;

/** The values of an attribute: several for a `String.Array`; undefined when it is missing. Binary ones never match. */
function valuesOf(attributes: MessageAttributes, name: string): Value[] | undefined {
  const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (!attribute) return undefined;
  const text = attribute.StringValue ?? '';
  if (attribute.DataType.startsWith('Number')) return [Number(text)];
  if (attribute.DataType !== 'String.Array') return attribute.DataType.startsWith('String') ? [text] : [];
  const parsed = z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).safeParse(parseJson(text));
  return parsed.success ? parsed.data : [];
}

function meets(wanted: Condition, values: readonly Value[] | undefined): boolean {
  if (typeof wanted === 'object' && wanted !== null) {
    if ('exists' in wanted) return wanted.exists === (values !== undefined);
    return values?.some((value) => typeof value === 'string' && value.startsWith(wanted.prefix)) ?? false;
  }
  return values?.includes(wanted) ?? false;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);
}
