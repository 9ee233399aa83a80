import * as z from 'zod';
import { MOST_ASKED } from '../../questions.ts';
import { PageQuery, PagingSchema } from '../paging.ts';

/** Body of `POST` and `DELETE /{phone_number_id}/block_users`. */
export const BlockUsersRequestSchema = z
  .object({
    messaging_product: z.literal('whatsapp'),
    block_users: z
      .array(z.object({ user: z.string().meta({ example: '+5511987654321' }) }))
      .min(1)
      .max(MOST_ASKED),
  })
  .meta({ id: 'BlockUsersRequest' });

/** Query of `GET /{phone_number_id}/block_users`. */
export const BlockedUsersQuerySchema = z.object({
  ...PageQuery,
  before: PageQuery.after.meta({ description: 'paging.cursors.before of the page behind this one' }),
});

export const UsersSchema = z.array(z.object({ input: z.string(), wa_id: z.string() }));
/** People with whom something did not work. */
export const FailedUsersSchema = z.array(
  z.object({
    input: z.string(),
    errors: z.array(z.object({ code: z.int(), message: z.string(), error_data: z.object({ details: z.string() }) })),
  }),
);

export const BlockUsersSchema = z
  .object({
    messaging_product: z.literal('whatsapp'),
    block_users: z.object({
      added_users: UsersSchema.optional().meta({ description: 'Of POST' }),
      removed_users: UsersSchema.optional().meta({ description: 'Of DELETE' }),
      failed_users: FailedUsersSchema.optional(),
    }),
  })
  .meta({ id: 'BlockUsers' });
export type BlockUsers = z.infer<typeof BlockUsersSchema>;

export const BlockedUsersSchema = z
  .object({
    data: z.array(
      z.object({
        messaging_product: z.literal('whatsapp'),
        wa_id: z.string().optional(),
        user_id: z.string().optional().meta({ description: 'Of a person whose number is not known' }),
      }),
    ),
    paging: PagingSchema,
  })
  .meta({ id: 'BlockedUsers' });
export type BlockedUsers = z.infer<typeof BlockedUsersSchema>;
