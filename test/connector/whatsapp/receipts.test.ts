import type { BinaryNode } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { receiptOf } from '../../../connector/whatsapp/receipts.ts';
import { gateStanzas } from '../../../connector/whatsapp/stanza-gate.ts';

const OWN = { id: '551:7@s.whatsapp.net', lid: '991:7@lid' };
const stanza = (attrs: Record<string, string>, items: readonly string[] = []): BinaryNode => ({
  tag: 'receipt',
  attrs: { id: 'A', from: '552@s.whatsapp.net', t: '10', ...attrs },
  content:
    items.length > 0 ? [{ tag: 'list', attrs: {}, content: items.map((id) => ({ tag: 'item', attrs: { id } })) }] : [],
});

describe('receiptOf', () => {
  it('reads what another person’s device says, for all messages that it names', () => {
    expect(receiptOf(stanza({ type: 'read' }, ['B', 'C']), OWN)).toEqual({
      kind: 'read',
      stanzaIds: ['A', 'B', 'C'],
      chat: '552@s.whatsapp.net',
      person: '552@s.whatsapp.net',
      atMs: 10_000,
    });
    expect(receiptOf(stanza({}), OWN)).toMatchObject({ kind: 'delivered' });
    expect(receiptOf(stanza({ type: 'inactive' }), OWN)).toMatchObject({ kind: 'delivered' });
    expect(receiptOf(stanza({ type: 'played' }), OWN)).toMatchObject({ kind: 'played' });
  });

  it('names the person of a group by phone number, never by LID', () => {
    const group = { from: '12@g.us', participant: '99:3@lid' };
    expect(receiptOf(stanza({ ...group, participant_pn: '552@s.whatsapp.net' }), OWN)).toMatchObject({
      participant: '552',
    });
    expect(receiptOf(stanza(group), OWN)?.participant).toBeUndefined();
  });

  it.each([
    ['asks for a message again', { type: 'retry' }],
    ['comes from our own phone', { from: '551@s.whatsapp.net' }],
    ['comes from our own LID', { from: '991:2@lid' }],
    ['is about messages that we received', { type: 'read', recipient: '553@s.whatsapp.net' }],
    ['is housekeeping', { type: 'peer_msg' }],
  ])('has nothing to say when it %s', (_, attrs) => {
    expect(receiptOf(stanza(attrs), OWN)).toBeUndefined();
  });
});

describe('gateStanzas', () => {
  it('lets Baileys acknowledge the stanza that it handles only when that one is durable', async () => {
    const mutex = { mutex: async <T>(code: () => Promise<T> | T): Promise<T> => code() };
    const durable = new Map<string, () => void>();
    const touch = gateStanzas(mutex, (node) => new Promise((resolve) => durable.set(node.attrs['id'] ?? '', resolve)));
    const acknowledged: string[] = [];
    const handle = async (node: BinaryNode): Promise<void> => {
      expect(node.attrs['from']).toBeTruthy();
      await mutex.mutex(() => undefined);
      acknowledged.push(node.attrs['id'] ?? '');
    };
    const [one, two] = [stanza({ id: 'one' }), stanza({ id: 'two' })];
    touch(one);
    touch(two);
    const handled = [handle(two), handle(one)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(acknowledged).toEqual([]);
    durable.get('one')?.();
    await handled[1];
    expect(acknowledged).toEqual(['one']);
    durable.get('two')?.();
    await handled[0];
  });
});
