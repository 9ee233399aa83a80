import * as z from 'zod';
import { AccountIdSchema, ApiKeyIdSchema } from '../../domain/ids.ts';
import { AccountLimitsSchema } from '../limits.ts';

/** Accounts table: `pk = ACCOUNT#<accountId>`, `sk = ACCOUNT`. */
export const AccountRowSchema = z.object({
  accountId: AccountIdSchema,
  name: z.string(),
  createdAtMs: z.number().int(),
  /** Limits that the operator has set; the others are the deployment's. */
  limits: AccountLimitsSchema.optional(),
});
export type AccountRow = z.infer<typeof AccountRowSchema>;

/**
 * Accounts table, twice: `pk = KEY#<sha256 hex of the key>`, `sk = KEY` is what a request looks up (a revoked key's row is
 * removed), `pk = ACCOUNT#<accountId>`, `sk = KEY#<apiKeyId>` is what lists show.
 */
export const ApiKeyRowSchema = z.object({
  apiKeyId: ApiKeyIdSchema,
  accountId: AccountIdSchema,
  /** SHA-256 of the key, 64 lower-case hex digits; the key itself is never stored. */
  keyHash: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  createdAtMs: z.number().int(),
  /** The account's, so that a request knows them without a further read; in the row that requests look up only. */
  limits: AccountLimitsSchema.optional(),
});
export type ApiKeyRow = z.infer<typeof ApiKeyRowSchema>;
