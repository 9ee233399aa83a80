import { expect } from 'vitest';
import type { EchoEvent, Event, MessageEvent } from '#core/contracts/event.ts';
import { renderWebhook } from '#core/domain/meta-webhook.ts';
import { parseWamid, type Wamid } from '#core/domain/wamid.ts';
import type { Draft } from '../../sandbox/control-client.ts';
import { violationsOf } from '../contract/meta/webhooks.ts';
import { startBed } from './connector-bed.ts';

/** Something to write; to the session's number unless it says so. */
export type Written = Omit<Draft, 'to'> & { readonly to?: string };

export const stanzaIdOf = (wamid: Wamid): string => parseWamid(wamid)?.stanzaId ?? '';

/** A bed with people, the first of whom is the number of an open session. */
export async function startTyping(people: Readonly<Record<string, string>>) {
  const bed = await startBed();
  const [me = ''] = Object.keys(people);
  for (const [number, name] of Object.entries(people)) await bed.phones.createPerson({ number, name });
  const connector = await bed.startConnector();
  const session = await bed.createSession();
  await bed.command(session, { type: 'session.start' });
  await bed.phones.scan(me, await bed.qr(session));
  await bed.status(session, 'open');
  return {
    bed,
    connector,
    session,
    /** Writes on a phone; the event of it, which is one that Meta could have sent. */
    async typed(from: string, draft: Written): Promise<MessageEvent | EchoEvent> {
      const { id } = await bed.phones.send(from, { to: me, ...draft });
      const event = await bed.event(
        (each: Event): each is MessageEvent | EchoEvent =>
          (each.type === 'message' || each.type === 'echo') && stanzaIdOf(each.wamid) === id,
      );
      expect(violationsOf(renderWebhook(event))).toEqual([]);
      return event;
    },
  };
}
