import { beforeEach, describe, expect, it } from 'vitest';
import { StanzaIdSchema } from '#core/domain/ids.ts';
import { AckBook } from '../../../connector/whatsapp/ack-book.ts';
import { MessageSender } from '../../../connector/whatsapp/message-sender.ts';
import { MessageWriter } from '../../../connector/whatsapp/message-writer.ts';
import type { Socket } from '../../../connector/whatsapp/open-socket.ts';
import type { OutgoingMessage } from '../../../connector/whatsapp/whatsapp-port.ts';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';

const stanzaId = StanzaIdSchema.parse('3EB0AAAAAAAAAAAAAAAAAA');
const message: OutgoingMessage = {
  stanzaId,
  to: { type: 'individual', phone: '5511999990000' },
  content: { type: 'text', text: { body: 'oi', previewUrl: false } },
};
const never = new Promise<never>(() => undefined);

let clock: VirtualClock;
let acks: AckBook;
let sent: number;
let wedged: number;
let devices: () => Promise<readonly unknown[]>;
let relay: () => Promise<unknown>;
let dropped: unknown[];

function send(to: OutgoingMessage['to'] = message.to) {
  const socket = {
    getUSyncDevices: () => devices(),
    onWhatsApp: async () => [{ exists: true, jid: '5511999990000@s.whatsapp.net' }],
    relayMessage: async () => {
      await relay();
      sent += 1;
    },
    signalRepository: { deleteSession: async (jids: readonly string[]) => void dropped.push(jids) },
    authState: { keys: { set: async (data: unknown) => void dropped.push(data) } },
  } as unknown as Socket;
  const sender = new MessageSender({
    socket,
    acks,
    writer: new MessageWriter({
      socket,
      upload: () => never,
      own: () => ({ id: '5511888880000:1@s.whatsapp.net', lid: '' }),
      secretKey: 'secret',
      clock,
    }),
    clock,
    ended: never,
    forgetDevices: (user) => void dropped.push(user),
    remember: () => undefined,
    onWedged: () => void (wedged += 1),
  });
  return sender.send({ ...message, to });
}

beforeEach(() => {
  clock = new VirtualClock(0);
  acks = new AckBook();
  sent = 0;
  dropped = [];
  wedged = 0;
  devices = async () => [{ jid: '5511999990000@s.whatsapp.net' }];
  relay = async () => undefined;
});

describe('MessageSender', () => {
  it('counts a message as accepted when the acknowledgement of its id has come, and not before', async () => {
    const outcome = send();
    await clock.advance(29_000);
    acks.onAck({ tag: 'ack', attrs: { id: 'another' } });
    acks.onAck({ tag: 'ack', attrs: { id: stanzaId } });
    expect(await outcome).toMatchObject({ type: 'accepted', atMs: 29_000 });
  });

  it('is interrupted when no acknowledgement comes within 30 s', async () => {
    const outcome = send();
    await clock.advance(30_000);
    expect(await outcome).toMatchObject({ type: 'interrupted' });
    expect(await outcome).not.toHaveProperty('neverLeft');
    expect({ sent, wedged }).toEqual({ sent: 1, wedged: 0 });
  });

  it.each([
    ['names no device', async () => []],
    ['does not answer', () => Promise.reject(new Error('Timed Out'))],
  ])('sends nothing to nobody when WhatsApp %s', async (_, answer: () => Promise<readonly unknown[]>) => {
    devices = answer;
    expect(await send()).toMatchObject({ type: 'interrupted', neverLeft: true });
    expect(sent).toBe(0);
  });

  it.each([
    [message.to, [['5511999990000@s.whatsapp.net'], '5511999990000']],
    [{ type: 'group', groupId: '120363' } as const, [{ 'sender-key-memory': { '120363@g.us': null } }]],
  ])('drops what it believes of the devices after 479 and sends the same id once more', async (to, forgotten) => {
    const outcome = send(to);
    await clock.advance(1);
    acks.onAck({ tag: 'ack', attrs: { id: stanzaId, error: '479' } });
    await clock.advance(1);
    expect({ sent, dropped }).toEqual({ sent: 2, dropped: forgotten });
    acks.onAck({ tag: 'ack', attrs: { id: stanzaId, error: '479' } });
    expect(await outcome).toEqual({ type: 'refused', code: '479' });
    expect(sent).toBe(2);
  });

  it('recycles the line of a send that hangs in Baileys for a minute', async () => {
    relay = () => never;
    const outcome = send();
    await clock.advance(59_000);
    expect(wedged).toBe(0);
    await clock.advance(1000);
    expect(await outcome).toMatchObject({ type: 'interrupted' });
    expect({ sent, wedged }).toEqual({ sent: 0, wedged: 1 });
  });
});
