import { readFileSync } from 'node:fs';
import path from 'node:path';
import type * as z from 'zod';
import { EventDeliverySchema } from '#core/contracts/event.ts';
import { OutboundCommandSchema } from '#core/contracts/outbound-command.ts';
import { AccountRowSchema, ApiKeyRowSchema } from '#core/contracts/rows/account-row.ts';
import { AnswerRowSchema } from '#core/contracts/rows/answer-row.ts';
import { DeliveryRowSchema } from '#core/contracts/rows/delivery-row.ts';
import { EndpointRowSchema } from '#core/contracts/rows/endpoint-row.ts';
import { LeaseRowSchema } from '#core/contracts/rows/lease-row.ts';
import { SessionRowSchema } from '#core/contracts/rows/session-row.ts';
import { TaskRowSchema } from '#core/contracts/rows/task-row.ts';

/** What crosses from one program or one release to another, by the name of its fixture. */
export const CONTRACTS: Readonly<Record<string, z.ZodType>> = {
  'outbound-commands': OutboundCommandSchema,
  'event-deliveries': EventDeliverySchema,
  'row-account': AccountRowSchema,
  'row-api-key': ApiKeyRowSchema,
  'row-answer': AnswerRowSchema,
  'row-delivery': DeliveryRowSchema,
  'row-endpoint': EndpointRowSchema,
  'row-lease': LeaseRowSchema,
  'row-session': SessionRowSchema,
  'row-task': TaskRowSchema,
};

export const FIXTURES = path.join(import.meta.dirname, 'fixtures');

/** Fixtures hold bytes as `{"$bytes": base64}`. */
function withBytes(_key: string, value: unknown): unknown {
  const bytes = (value as { readonly $bytes?: unknown } | null)?.$bytes;
  return typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : value;
}

/** What a release wrote. @param release folder below fixtures, such as `v0.1` */
export const recorded = (release: string, name: string): Record<string, unknown>[] =>
  JSON.parse(readFileSync(path.join(FIXTURES, release, `${name}.json`), 'utf8'), withBytes) as Record<
    string,
    unknown
  >[];

/** The same with a field that this release does not know in each object. */
export function withUnknownFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknownFields);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const known = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withUnknownFields(inner)]));
  return { ...known, addedByALaterRelease: { deeply: ['new'] } };
}
