import * as z from 'zod';

/** Every error of ours, in the shape of Meta's Graph API. */
export const GraphErrorSchema = z
  .object({
    error: z.object({
      message: z.string().meta({ example: '(#131009) Parameter value is not valid' }),
      type: z.string().meta({ example: 'OAuthException' }),
      code: z.int().meta({ example: 131009 }),
      error_data: z.object({
        messaging_product: z.literal('whatsapp'),
        details: z
          .string()
          .meta({ description: 'Names the field and what is allowed', example: 'to: must be a phone number.' }),
      }),
      error_subcode: z.int().optional(),
      is_transient: z.boolean().meta({ description: 'True if the same request may succeed later' }),
      fbtrace_id: z.string().meta({ description: 'Leads to the log lines of the request' }),
    }),
  })
  .meta({ id: 'GraphError' });
