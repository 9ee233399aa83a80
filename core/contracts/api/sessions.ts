import * as z from 'zod';
import { SessionIdSchema } from '../../domain/ids.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import { SessionStatusSchema } from '../../domain/session-status.ts';
import { ChangeLimitsSchema, SetLimitsSchema } from './limits.ts';

const LONGEST_NAME = 100;
/** Times in our own resources: ISO 8601, UTC. */
export const TimeSchema = z.iso.datetime().meta({ example: '2026-11-20T12:00:00.000Z' });

/** Name of a proxy of the deployment; which ones there are is up to the operator. */
const ProxyNameSchema = z.string().min(1).meta({
  description: 'Name of the proxy that all of its connections go through; one of the deployment’s proxies',
  example: 'sao-paulo-1',
});

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
    proxy: ProxyNameSchema.nullish(),
    limits: ChangeLimitsSchema.nullish(),
  })
  .meta({ id: 'CreateSessionRequest' });

/** Body of `PATCH /sessions/{id}`; what is left out stays as it is, null takes it away. */
export const ChangeSessionRequestSchema = CreateSessionRequestSchema.omit({ id: true }).meta({
  id: 'ChangeSessionRequest',
});

/** A linked number as the API shows it. What is not known yet is null. */
export const SessionSchema = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    status: SessionStatusSchema,
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it has this status, one sentence, in English or Portuguese by Accept-Language' }),
    reason_code: z
      .string()
      .nullable()
      .meta({ description: 'The reason for programs; docs/sessions.md lists them', example: 'device_unlinked' }),
    since: TimeSchema.meta({ description: 'Since when it has this status' }),
    phone_number: z.string().nullable().meta({ description: 'Digits, E.164 without plus' }),
    profile_name: z.string().nullable(),
    proxy: z.string().nullable().meta({ description: 'Name of its proxy' }),
    limits: SetLimitsSchema.meta({
      description: 'What its owner has set; null: as the account or the deployment says',
    }),
    created_at: TimeSchema,
  })
  .meta({ id: 'Session' });
export type SessionResource = z.infer<typeof SessionSchema>;

const counted = z.int().nullable();

/** `GET /sessions/{id}/diagnostics`. What only its task knows is null when that does not answer within 10 s. */
export const DiagnosticsSchema = z
  .object({
    id: z.string(),
    status: SessionStatusSchema,
    reason: z.string().nullable(),
    reason_code: z.string().nullable(),
    since: TimeSchema,
    shard: z.int(),
    answered: z.boolean().meta({ description: 'Whether the task that holds the session answered' }),
    task: z.string().nullable().meta({ description: 'Name of that task' }),
    last_frame_age_ms: counted.meta({ description: 'Since WhatsApp sent anything; null without a connection' }),
    pending_acks: counted.meta({ description: 'Messages that wait for WhatsApp’s acknowledgement' }),
    reconnects_last_hour: counted.meta({ description: 'Since the task has the session' }),
    reconnects_last_day: counted,
    failed_attempts: counted.meta({ description: 'Failed connections in a row' }),
    parked_commands: counted.meta({ description: 'Messages that wait until the session is open' }),
    ledger_bytes: counted.meta({ description: 'What its keys take of the task’s memory' }),
    cold_chats_paused_until: TimeSchema.nullable().meta({ description: 'New chats get nothing before this (463)' }),
    proxy: z.string().nullable(),
    whatsapp_version: z.string().nullable().meta({ example: '2.3000.1043857760' }),
    disconnects: z
      .array(z.object({ code: z.int(), reason_code: z.string(), at: TimeSchema }))
      .meta({ description: 'The latest ends of its connections, newest first' }),
  })
  .meta({ id: 'SessionDiagnostics' });
export type DiagnosticsResource = z.infer<typeof DiagnosticsSchema>;

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
