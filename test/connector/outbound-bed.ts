import type { Event, MessageEvent, StatusEvent } from '#core/contracts/event.ts';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import type { PhoneMessage } from '../../sandbox/control-client.ts';
import { type Bed, type Identity, startBed } from './connector-bed.ts';

export const text = (body: string): OutboundContent => ({ type: 'text', text: { body, previewUrl: false } });

export const statusOf =
  (wamid: string, status: string) =>
  (event: Event): event is StatusEvent =>
    event.type === 'status' && event.wamid === wamid && event.status === status;

export const saying =
  (body: string) =>
  (event: Event): event is MessageEvent =>
    event.type === 'message' && event.content.type === 'text' && event.content.text.body === body;

/** A session of Ana's that is open, and a friend whom it writes to. */
export async function startOutbound(me: string, friend: string) {
  const bed: Bed = await startBed();
  await bed.phones.createPerson({ number: me, name: 'Ana' });
  await bed.phones.createPerson({ number: friend, name: 'Bruno' });
  await bed.startConnector();
  const session: Identity = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(me, await bed.qr(session));
  await bed.status(session, 'open');
  const to = { type: 'individual', phone: friend } as const;
  const shownOn = (phone: string, stanzaId: string): Promise<PhoneMessage> =>
    bed.phones.waitForMessage(phone, ({ id }) => id === stanzaId);
  return {
    bed,
    session,
    shownOn,
    /** Sends it, and gives what the friend's phone shows once WhatsApp has it. */
    async send(content: OutboundContent, more: Parameters<Bed['sendMessage']>[3] = {}) {
      const { stanzaId, wamid } = await bed.sendMessage(session, to, content, more);
      const shown = await shownOn(friend, stanzaId);
      await bed.event(statusOf(wamid, 'sent'));
      return { shown, stanzaId, wamid };
    },
    /** The error with which it fails. */
    async failure(content: OutboundContent, where: Parameters<Bed['sendMessage']>[1] = to) {
      const { wamid } = await bed.sendMessage(session, where, content);
      const { errors } = await bed.event(statusOf(wamid, 'failed'));
      return errors?.[0];
    },
  };
}

export type OutboundBed = Awaited<ReturnType<typeof startOutbound>>;
