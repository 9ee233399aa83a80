import * as z from 'zod';
import { SessionIdSchema } from '../../domain/ids.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import { SessionStatusSchema } from '../../domain/session-status.ts';

const LONGEST_NAME = 100;
/** Times in our own resources: ISO 8601, UTC. */
export const TimeSchema = z.iso.datetime().meta({ example: '2026-11-20T12:00:00.000Z' });

/** Body of `POST /sessions`; may be left out. */
export const CreateSessionRequestSchema = z
  .object({
    id: SessionIdSchema.nullish().meta({
      description: 'The phone_number_id of Cloud API paths: 5 to 17 digits; chosen by Pombo if left out',
      example: '100200300',
    }),
    name: z
      .string()
      .trim()
      .min(1)
      .max(LONGEST_NAME)
      .nullish()
      .meta({ description: 'For people to recognize it by', example: 'Loja' }),
  })
  .meta({ id: 'CreateSessionRequest' });

/** A linked number as the API shows it. What is not known yet is null. */
export const SessionSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    status: SessionStatusSchema,
    reason: z.string().nullable().meta({ description: 'Why it has this status, one sentence' }),
    since: TimeSchema.meta({ description: 'Since when it has this status' }),
    phone_number: z.string().nullable().meta({ description: 'Digits, E.164 without plus' }),
    profile_name: z.string().nullable(),
    created_at: TimeSchema,
  })
  .meta({ id: 'Session' });
export type SessionResource = z.infer<typeof SessionSchema>;

export const SessionListSchema = z.object({ data: z.array(SessionSchema) }).meta({ id: 'SessionList' });

export const QrSchema = z
  .object({
    qr: z.string().meta({ description: 'What the QR code says' }),
    expires_at: TimeSchema.meta({ description: 'Ask again then: WhatsApp gives out a new one' }),
  })
  .meta({ id: 'Qr' });
export type QrResource = z.infer<typeof QrSchema>;

/** Body of `POST /sessions/{id}/pairing-code`. */
export const PairingCodeRequestSchema = z
  .object({
    phone_number: z
      .string()
      .refine((written) => parsePhoneNumber(written) !== undefined, 'must be a phone number with country code')
      .meta({ description: 'The number to be linked, with country code', example: '+55 11 98765-4321' }),
  })
  .meta({ id: 'PairingCodeRequest' });

export const PairingCodeSchema = z
  .object({
    code: z.string().meta({ description: 'Eight characters to type into the phone', example: 'ABCD1234' }),
    expires_at: TimeSchema,
  })
  .meta({ id: 'PairingCode' });
export type PairingCodeResource = z.infer<typeof PairingCodeSchema>;

export const SuccessSchema = z.object({ success: z.literal(true) }).meta({ id: 'Success' });
