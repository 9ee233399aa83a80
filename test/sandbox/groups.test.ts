import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxClient } from '../../sandbox/control-client.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { BaileysClient } from './support/baileys-client.ts';
import { linkedClient, login } from './support/linking.ts';

const OWN = '5511911112222';
const PERSON = '5511987654321';
const OTHER = '5511987654322';

describe.each(['lid', 'pn'] as const)('a group whose members are named by %s', (addressing) => {
  let sandbox: Sandbox;
  let phones: SandboxClient;
  let client: BaileysClient;
  let jid: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    phones = new SandboxClient(sandbox.controlUrl);
    client = await linkedClient(sandbox.whatsappUrl, phones, OWN);
    ({ jid } = await phones.createGroup(PERSON, 'Time', [OWN, OTHER], addressing));
    await client.until('groups.upsert', (groups: { id: string }[]) => groups.find((group) => group.id === jid));
  });
  afterAll(async () => {
    await client.end();
    await sandbox.close();
  });

  it('has a subject and its members with both names', async () => {
    const metadata = await client.socket.groupMetadata(jid);
    expect(metadata).toMatchObject({ subject: 'Time', addressingMode: addressing, size: 3 });
    expect(Object.keys(await client.socket.groupFetchAllParticipating())).toEqual([jid]);
  });

  it('carries texts both ways, with the sender key once', async () => {
    const first = await phones.write(PERSON, jid, 'olá, time');
    const received = await client.message((message) => message.key.id === first.id);
    expect(received.message?.conversation).toBe('olá, time');
    const known = addressing === 'lid' ? received.key.participantAlt : received.key.participant;
    expect(known).toBe(`${PERSON}@s.whatsapp.net`);
    await phones.waitForMessage(OTHER, (message) => message.id === first.id && message.chat === jid);
    const second = await phones.write(PERSON, jid, 'segunda');
    await client.message((message) => message.key.id === second.id);

    for (const text of ['oi do gateway', 'de novo']) {
      const sent = await client.socket.sendMessage(jid, { text });
      await phones.waitForMessage(PERSON, (message) => message.id === sent?.key.id && message.text === text);
      await phones.waitForMessage(OTHER, (message) => message.id === sent?.key.id);
      await phones.waitForMessage(OWN, (message) => message.id === sent?.key.id && message.fromMe);
    }
    const stanzas = (await phones.stanzas(OTHER)).map((stanza) => stanza.encryption);
    expect(stanzas).toContainEqual(['pkmsg', 'skmsg']);
    expect(stanzas).toContainEqual(['skmsg']);
  });

  it('gives receipts with the member who sent them', async () => {
    const sent = await client.socket.sendMessage(jid, { text: 'quem leu?' });
    const id = sent?.key.id ?? '';
    await phones.waitForMessage(PERSON, (message) => message.id === id);
    await phones.read(PERSON, id);
    const read = await client.receipt(id, 'read');
    expect(read['from']).toBe(jid);
    expect(read['participant']).toMatch(addressing === 'lid' ? /@lid$/ : new RegExp(`^${PERSON}@`));
  });

  it('delivers to a client that comes back, also what it cannot read at first', async () => {
    await client.end();
    for (const row of client.auth.rows.keys()) if (row.startsWith('sender-key ')) client.auth.rows.delete(row);
    const missed = await phones.write(PERSON, jid, 'enquanto você não estava');
    client = await login(sandbox.whatsappUrl, client.auth, { retryRequestDelayMs: 0 });
    const received = await client.message((each) => each.key.id === missed.id && Boolean(each.message));
    expect(received.message?.conversation).toBe('enquanto você não estava');
  });
});
