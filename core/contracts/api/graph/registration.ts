import * as z from 'zod';

/** Body of `POST /{phone_number_id}/register`; may be left out. */
export const RegisterRequestSchema = z
  .object({
    pin: z
      .string()
      .regex(/^\d{6}$/, 'must be 6 digits')
      .nullish()
      .meta({ description: 'Means nothing here: the phone keeps the two-step verification' }),
  })
  .meta({ id: 'RegisterRequest' });

/** Body of `POST /{phone_number_id}/request_code`. */
export const RequestCodeRequestSchema = z
  .object({ code_method: z.enum(['SMS', 'VOICE']).nullish(), language: z.string().nullish() })
  .meta({ id: 'RequestCodeRequest' });

/** Body of `POST /{phone_number_id}/verify_code`. */
export const VerifyCodeRequestSchema = z
  .object({ code: z.union([z.string(), z.number()]).nullish() })
  .meta({ id: 'VerifyCodeRequest' });
