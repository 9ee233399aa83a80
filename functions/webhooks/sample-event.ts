import type { SAMPLE_KINDS } from '#core/contracts/api/webhook-settings.ts';
import type { Event } from '#core/contracts/event.ts';
import { type AccountId, type EventId, SessionIdSchema, SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { authorHashOf, formatWamid } from '#core/domain/wamid.ts';

export type SampleKind = (typeof SAMPLE_KINDS)[number];

/** Meta's own test webhooks come from these; no session has such an inner id, and the person's number is one of the invented ones. */
const SESSION_ID = SessionIdSchema.parse('123456123');
const SESSION_UID = SessionUidSchema.parse('0'.repeat(24));
const OWN_NUMBER = '16505551111';
const PERSON = '16315551181';
const STANZA_ID = StanzaIdSchema.parse('3EB0000000000000000000');

/** An event that never happened, for a receiver to be tried with. @param options.nowMs wall time, milliseconds */
export function sampleEvent(
  kind: SampleKind,
  { accountId, eventId, nowMs }: { readonly accountId: AccountId; readonly eventId: EventId; readonly nowMs: number },
): Event {
  const envelope = {
    version: 1,
    eventId,
    accountId,
    sessionId: SESSION_ID,
    sessionUid: SESSION_UID,
    displayPhoneNumber: OWN_NUMBER,
    occurredAtMs: nowMs,
  } as const;
  const identity = { sessionUid: SESSION_UID, stanzaId: STANZA_ID };
  switch (kind) {
    case 'messages': {
      const authorHash = authorHashOf(`${PERSON}@s.whatsapp.net`);
      return {
        ...envelope,
        type: 'message',
        wamid: formatWamid({ ...identity, direction: 'in', authorHash }),
        from: PERSON,
        profileName: 'Test',
        content: { type: 'text', text: { body: 'This is a test of your webhook. Olá! 🐦' } },
      };
    }
    case 'statuses': {
      const wamid = formatWamid({ ...identity, direction: 'out' });
      const recipient = { recipientId: PERSON, recipientType: 'individual' } as const;
      return { ...envelope, type: 'status', wamid, status: 'delivered', ...recipient };
    }
    case 'message_echoes': {
      const wamid = formatWamid({
        ...identity,
        direction: 'in',
        authorHash: authorHashOf(`${OWN_NUMBER}@s.whatsapp.net`),
      });
      const content = { type: 'text', text: { body: 'This is a test of your webhook. Olá! 🐦' } } as const;
      return { ...envelope, type: 'echo', wamid, to: PERSON, content };
    }
    case 'calls':
      return { ...envelope, type: 'call', callId: STANZA_ID, call: 'connect', video: false, from: PERSON };
    case 'sessions':
      return { ...envelope, type: 'session', status: 'open', reason: 'This is a test of your webhook.' };
  }
}
