import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { makeIdempotencyRepository } from '#core/adapters/dynamodb/idempotency-repository.ts';
import { makePairTable } from '#core/adapters/dynamodb/pair-table.ts';
import { makeTokenBuckets } from '#core/adapters/dynamodb/token-bucket.ts';
import type { DeploymentLimits } from '#core/contracts/limits.ts';
import type { Clock } from '#core/domain/clock.ts';
import type { RandomBytes } from '#core/domain/ids.ts';
import { makeAdmission } from '../messages/admission.ts';
import { MessageLimits } from './message-limits.ts';
import { makeReservations } from './reservations.ts';

export interface AdmissionOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly config: {
    readonly limitsTable: string;
    readonly limits: DeploymentLimits;
    readonly messageRetentionDays: number;
  };
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** The limits and what lets messages through them, put together; the budget tells how the same parts stand. */
export function makeAdmissionParts({ dynamo, config, clock, random }: AdmissionOptions) {
  const table = { dynamo, tableName: config.limitsTable, clock };
  const buckets = makeTokenBuckets(table);
  const pairs = makePairTable({ ...table, rememberedDays: config.messageRetentionDays });
  const reservations = makeReservations({ buckets, clock });
  const common = { pairs, buckets, reservations, deployment: config.limits, clock };
  const idempotency = makeIdempotencyRepository(table);
  return { ...common, admit: makeAdmission({ limits: new MessageLimits(common), idempotency, clock, random }) };
}
