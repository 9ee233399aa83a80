import * as z from 'zod';
import { TimeSchema } from './sessions.ts';

const Milliseconds = z.int().min(0);

const BudgetLimitSchema = z
  .object({
    left: z.int().min(0).meta({ description: 'So many would be let through now', example: 44 }),
    size: z.int().min(1).meta({ description: 'So many at once, after a pause', example: 45 }),
    amount: z.int().min(1).meta({ description: 'So many come back in `per_seconds`', example: 1 }),
    per_seconds: z.int().min(1).meta({ example: 6 }),
    next_in_ms: Milliseconds.nullable().meta({ description: 'Until there is one more; null while all are there' }),
    next_at: TimeSchema.nullable(),
    full_in_ms: Milliseconds.meta({ description: 'Until all are there' }),
    full_at: TimeSchema,
  })
  .nullable()
  .meta({ description: 'null: there is no such limit', id: 'BudgetLimit' });

/** `GET /{phone_number_id}/budget` */
export const BudgetSchema = z
  .object({
    id: z.string(),
    at: TimeSchema,
    to: z
      .object({
        wa_id: z.string().meta({ example: '5511987654321' }),
        is_new_contact: z.boolean().meta({ description: 'Whether a message would be one of `new_contacts`' }),
      })
      .optional()
      .meta({ description: 'With ?to= only' }),
    limits: z.object({
      pair: BudgetLimitSchema,
      session: BudgetLimitSchema,
      new_contacts: BudgetLimitSchema,
      key: BudgetLimitSchema,
      global: BudgetLimitSchema,
    }),
  })
  .meta({ id: 'Budget' });
export type BudgetResource = z.infer<typeof BudgetSchema>;
export type BudgetLimitResource = z.infer<typeof BudgetLimitSchema>;

/** Query of it. */
export const BudgetQuerySchema = z.object({
  to: z.string().optional().meta({ description: 'Recipient of the pair; left out: somebody who got nothing lately' }),
  recipient_type: z.enum(['individual', 'group']).optional(),
});
