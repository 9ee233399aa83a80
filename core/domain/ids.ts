import * as z from 'zod';

/**
 * Ids of the deployment. Each has a brand, so that one can't be given where another is meant, and a
 * schema that is the only way from a plain string to it (design decision D3: ids carry their meaning).
 */

/** An account (tenant): 18 digits, so that `GET /{id}` knows it from a phone number id. */
export const AccountIdSchema = z
  .string()
  .regex(/^[1-9]\d{17}$/, 'an account id is 18 digits')
  .brand<'AccountId'>();
export type AccountId = z.infer<typeof AccountIdSchema>;

/** Public id of a session, the `phone_number_id` of Cloud API paths: 5–17 digits. */
export const SessionIdSchema = z
  .string()
  .regex(/^[1-9]\d{4,16}$/, 'a session id is 5 to 17 digits and does not begin with 0')
  .brand<'SessionId'>();
export type SessionId = z.infer<typeof SessionIdSchema>;

/** Inner id of a session, never given twice: 24 lower-case hex digits (96 random bits). */
export const SessionUidSchema = z
  .string()
  .regex(/^[0-9a-f]{24}$/, 'a session uid is 24 hex digits')
  .brand<'SessionUid'>();
export type SessionUid = z.infer<typeof SessionUidSchema>;

/** A webhook endpoint: `wh_` and 24 lower-case hex digits. */
export const EndpointIdSchema = z
  .string()
  .regex(/^wh_[0-9a-f]{24}$/, 'a webhook id is wh_ and 24 hex digits')
  .brand<'EndpointId'>();
export type EndpointId = z.infer<typeof EndpointIdSchema>;

/** An API key's public name: `key_` and 16 lower-case hex digits. The key itself is never stored. */
export const ApiKeyIdSchema = z
  .string()
  .regex(/^key_[0-9a-f]{16}$/, 'a key id is key_ and 16 hex digits')
  .brand<'ApiKeyId'>();
export type ApiKeyId = z.infer<typeof ApiKeyIdSchema>;

/** The id of a message stanza on the wire. Ours are `3EB0` and 18 upper-case hex digits, as WhatsApp Web's are. */
export const StanzaIdSchema = z.string().min(1).max(128).brand<'StanzaId'>();
export type StanzaId = z.infer<typeof StanzaIdSchema>;

/** Deterministic id of an event: 32 lower-case hex digits (see event-id.ts). It is also the `webhook-id`. */
export const EventIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'EventId'>();
export type EventId = z.infer<typeof EventIdSchema>;

/** A question to WhatsApp whose answer the API waits for: 24 lower-case hex digits. */
export const QuestionIdSchema = z
  .string()
  .regex(/^[0-9a-f]{24}$/)
  .brand<'QuestionId'>();
export type QuestionId = z.infer<typeof QuestionIdSchema>;

/** A job that goes on over many calls, such as a replay: `job_` and 16 lower-case hex digits. */
export const JobIdSchema = z
  .string()
  .regex(/^job_[0-9a-f]{16}$/, 'a job id is job_ and 16 hex digits')
  .brand<'JobId'>();
export type JobId = z.infer<typeof JobIdSchema>;

/** A media file: 20 digits, so that `GET /{id}` knows it from a phone number id and an account id. */
export const MediaIdSchema = z
  .string()
  .regex(/^[1-9]\d{19}$/, 'a media id is 20 digits')
  .brand<'MediaId'>();
export type MediaId = z.infer<typeof MediaIdSchema>;

/** A message template: 19 digits, so that `GET /{id}` knows it from an account (18) and a media file (20). */
export const TemplateIdSchema = z
  .string()
  .regex(/^[1-9]\d{18}$/, 'a template id is 19 digits')
  .brand<'TemplateId'>();
export type TemplateId = z.infer<typeof TemplateIdSchema>;

/** Source of random bytes; `randomBytes` of node:crypto outside tests. */
export type RandomBytes = (size: number) => Uint8Array;

/** Length of a generated session id: as long as Meta's own phone number ids. */
const SESSION_ID_DIGITS = 15;

/** 66 bits of chance. */
const MEDIA_ID_DIGITS = 20;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** `length` decimal digits, the first never 0. */
function digits(random: RandomBytes, length: number): string {
  const value = BigInt(`0x${hex(random(length))}`);
  const lowest = 10n ** BigInt(length - 1);
  return (lowest + (value % (9n * lowest))).toString();
}

export const newAccountId = (random: RandomBytes): AccountId => AccountIdSchema.parse(digits(random, 18));
export const newMediaId = (random: RandomBytes): MediaId => MediaIdSchema.parse(digits(random, MEDIA_ID_DIGITS));
export const newSessionId = (random: RandomBytes): SessionId =>
  SessionIdSchema.parse(digits(random, SESSION_ID_DIGITS));
export const newSessionUid = (random: RandomBytes): SessionUid => SessionUidSchema.parse(hex(random(12)));
export const newEndpointId = (random: RandomBytes): EndpointId => EndpointIdSchema.parse(`wh_${hex(random(12))}`);
export const newApiKeyId = (random: RandomBytes): ApiKeyId => ApiKeyIdSchema.parse(`key_${hex(random(8))}`);
export const newQuestionId = (random: RandomBytes): QuestionId => QuestionIdSchema.parse(hex(random(12)));
/** Names a call that claims something for itself. */
export const newClaim = (random: RandomBytes): string => hex(random(8));
/** Sorts by time: 11 hex digits of milliseconds, which last until the year 2527, and 5 of chance. */
export const newJobId = (random: RandomBytes, nowMs: number): JobId =>
  JobIdSchema.parse(`job_${nowMs.toString(16).padStart(11, '0').slice(-11)}${hex(random(3)).slice(0, 5)}`);
export const newStanzaId = (random: RandomBytes): StanzaId =>
  StanzaIdSchema.parse(`3EB0${hex(random(9)).toUpperCase()}`);
/** Whether a stanza id may be one of ours: those of WhatsApp Web look alike, those of phones do not. */
export const mayBeOurs = (stanzaId: string): boolean => /^3EB0[0-9A-F]{18}$/.test(stanzaId);
