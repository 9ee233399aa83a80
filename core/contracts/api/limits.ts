import * as z from 'zod';

/** As core/contracts/limits.ts, in the API's spelling. */
const LimitSchema = z
  .union(
    [
      z.literal(0),
      z.object({
        amount: z.int().min(0).max(1_000_000),
        per_seconds: z.int().min(1).max(2_592_000),
        burst: z.int().min(1).max(1_000_000).nullish(),
      }),
    ],
    { error: 'must be 0 (no limit), null (the default), or an object with amount, per_seconds and burst' },
  )
  .meta({
    id: 'Limit',
    description: 'So many in so many seconds, so many at once (burst; left out: amount). 0: no limit',
    example: { amount: 1, per_seconds: 6, burst: 45 },
  });
export type WrittenLimit = z.infer<typeof LimitSchema>;

/** `limits` of a session in requests: what is left out stays, null goes back to the default of the account or the deployment. */
export const ChangeLimitsSchema = z
  .object({
    session: LimitSchema.nullish().meta({ description: 'Messages of the number' }),
    pair: LimitSchema.nullish().meta({ description: 'Messages of the number to one recipient' }),
    new_contacts: LimitSchema.nullish().meta({ description: 'People that the number writes to for the first time' }),
  })
  .meta({ id: 'ChangeLimits' });
export type ChangeLimits = z.infer<typeof ChangeLimitsSchema>;

/** `limits` of a session in answers: what its owner has set; null: as the account or the deployment says. */
export const SetLimitsSchema = z
  .object({
    session: LimitSchema.nullable(),
    pair: LimitSchema.nullable(),
    new_contacts: LimitSchema.nullable(),
  })
  .meta({ id: 'SetLimits' });
export type SetLimits = z.infer<typeof SetLimitsSchema>;
