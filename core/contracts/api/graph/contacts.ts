import * as z from 'zod';
import { MOST_ASKED } from '../../questions.ts';

/** Body of `POST /{phone_number_id}/contacts`, as WhatsApp's on-premises API had it. Each check asks WhatsApp: `force_check` is the rule. */
export const CheckContactsRequestSchema = z
  .object({
    blocking: z.enum(['wait', 'no_wait']).nullish().meta({ description: 'The answer waits in any case' }),
    contacts: z
      .array(z.string())
      .min(1)
      .max(MOST_ASKED)
      .meta({ description: 'Phone numbers with country code', example: ['+55 31 98765-4321'] }),
    force_check: z.boolean().nullish(),
  })
  .meta({ id: 'CheckContactsRequest' });

export const CheckedContactsSchema = z
  .object({
    contacts: z.array(
      z.object({
        input: z.string().meta({ description: 'As it was written' }),
        status: z.enum(['valid', 'invalid']).meta({ description: 'Whether it is on WhatsApp' }),
        wa_id: z.string().optional().meta({
          description: 'The digits under which webhooks tell of the person; a Brazilian mobile has its ninth digit',
          example: '5531987654321',
        }),
      }),
    ),
  })
  .meta({ id: 'CheckedContacts' });
export type CheckedContacts = z.infer<typeof CheckedContactsSchema>;
