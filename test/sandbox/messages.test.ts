import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { BaileysClient } from './support/baileys-client.ts';
import { linkedClient } from './support/linking.ts';

const OWN = '5511911112222';
const PERSON = '5511987654321';

describe('text messages', () => {
  let sandbox: Sandbox;
  let phones: SandboxClient;
  let client: BaileysClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    phones = new SandboxClient(sandbox.controlUrl);
    client = await linkedClient(sandbox.whatsappUrl, phones, OWN);
  });
  afterAll(async () => {
    await client.end();
    await sandbox.close();
  });

  it('reach the phone and come back as sent, delivered and read', async () => {
    const sent = await client.socket.sendMessage(`${PERSON}@s.whatsapp.net`, { text: 'Olá! 🐦\u2028fim' });
    const id = sent?.key.id ?? '';
    expect((await client.ack(id))['error']).toBeUndefined();
    const shown = await phones.waitForMessage(PERSON, (message) => message.id === id);
    expect(shown).toMatchObject({ text: 'Olá! 🐦\u2028fim', author: OWN, chat: OWN, fromMe: false, arrivals: 1 });
    expect((await client.receipt(id, undefined))['from']).toBe(`${PERSON}@s.whatsapp.net`);
    await phones.read(PERSON, id);
    await client.receipt(id, 'read');
    const copy = await phones.waitForMessage(OWN, (message) => message.id === id);
    expect(copy).toMatchObject({ chat: PERSON, fromMe: true, authorDevice: 1 });
  });

  it('come from a phone, first as pkmsg and after an answer as msg', async () => {
    const first = await phones.write('+55 11 95555-0001', OWN, 'bom dia');
    const received = await client.message((message) => message.key.id === first.id);
    expect(received.message?.conversation).toBe('bom dia');
    expect(received.key).toMatchObject({ remoteJid: '5511955550001@s.whatsapp.net', fromMe: false });
    await phones.waitForMessage(
      '5511955550001',
      (message) => message.id === first.id && message.status === 'delivered',
    );
    await client.socket.sendMessage('5511955550001@s.whatsapp.net', { text: 'oi' });
    await phones.waitForMessage('5511955550001', (message) => message.text === 'oi');
    const second = await phones.write('5511955550001', OWN, 'tudo bem?');
    await client.message((message) => message.key.id === second.id);
    const third = await client.socket.sendMessage('5511955550001@s.whatsapp.net', { text: 'tudo' });
    await phones.waitForMessage('5511955550001', (message) => message.id === third?.key.id);
    const stanzas = await phones.stanzas('5511955550001');
    expect(stanzas.map((stanza) => stanza.encryption)).toEqual([['pkmsg'], ['msg']]);
  });

  it('come under a LID with the phone number beside it when the person is addressed so', async () => {
    const [lid = ''] = await phones.magic('lid');
    const written = await phones.write(lid, OWN, 'quem sou eu?');
    const received = await client.message((message) => message.key.id === written.id);
    expect(received.key.remoteJid).toMatch(/@lid$/);
    expect(received.key.remoteJidAlt).toBe(`${lid}@s.whatsapp.net`);
  });

  it('that the phone’s owner writes to somebody else reach the client as own messages', async () => {
    const written = await phones.write(OWN, PERSON, 'do próprio celular');
    const received = await client.message((message) => message.key.id === written.id);
    expect(received.key).toMatchObject({ fromMe: true, remoteJid: `${PERSON}@s.whatsapp.net` });
    expect(received.message?.conversation).toBe('do próprio celular');
    await phones.waitForMessage(PERSON, (message) => message.id === written.id);
  });

  it('give the author a read receipt when the client reads', async () => {
    const written = await phones.write(PERSON, OWN, 'leia');
    const { key } = await client.message((message) => message.key.id === written.id);
    await client.socket.readMessages([key]);
    await phones.waitForMessage(PERSON, (message) => message.id === written.id && message.status === 'read');
  });

  it('can be answered, reacted to, edited and taken back, both ways', async () => {
    const jid = `${PERSON}@s.whatsapp.net`;
    const written = await phones.write(PERSON, OWN, 'original');
    const { key } = await client.message((message) => message.key.id === written.id);
    await client.socket.sendMessage(jid, { react: { text: '👍', key } });
    const reaction = await phones.waitForMessage(PERSON, (message) => message.kind === 'reaction');
    expect(reaction).toMatchObject({ text: '👍', targetId: written.id });
    const mine = await client.socket.sendMessage(jid, { text: 'errado' });
    await client.socket.sendMessage(jid, { text: 'certo', edit: mine!.key });
    await phones.waitForMessage(PERSON, (message) => message.kind === 'edit');
    await client.socket.sendMessage(jid, { delete: mine!.key });
    await phones.waitForMessage(PERSON, (message) => message.kind === 'revoke');
    const [target] = (await phones.messages(PERSON)).filter((message) => message.id === mine?.key.id);
    expect(target).toMatchObject({ isEdited: true, isRevoked: true });
    const reply = await phones.reply(PERSON, OWN, 'sim', mine?.key.id ?? '');
    const answer = await client.message((message) => message.key.id === reply.id);
    expect(answer.message?.extendedTextMessage?.contextInfo?.stanzaId).toBe(mine?.key.id);
    await phones.react(PERSON, OWN, '❤️', mine?.key.id ?? '');
    await client.until('messages.reaction', (events: { reaction: { text: string } }[]) =>
      events.find((event) => event.reaction.text === '❤️'),
    );
    await phones.edit(PERSON, OWN, 'alterado', written.id);
    await client.until('messages.update', (updates: { update: { message?: { editedMessage?: unknown } } }[]) =>
      updates.find(({ update }) => update.message?.editedMessage),
    );
    await phones.revoke(PERSON, OWN, written.id);
    await client.until('messages.update', (updates: { update: { messageStubType?: number } }[]) =>
      updates.find(({ update }) => update.messageStubType === 1),
    );
  });
});
