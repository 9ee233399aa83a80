import { describe, expect, it } from 'vitest';
import { SessionUidSchema, StanzaIdSchema } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import type { MessageTable, ToldStatuses } from '../../../connector/messages/message-table.ts';
import { SentBook } from '../../../connector/messages/sent-book.ts';

const sessionUid = SessionUidSchema.parse('a'.repeat(24));
const stanzaId = StanzaIdSchema.parse('A');
const message = {
  wamid: formatWamid({ sessionUid, direction: 'out', stanzaId }),
  recipientId: '552',
  recipientType: 'group',
} as const;

function newTable() {
  const bed = { told: undefined as ToldStatuses | undefined, reads: 0 };
  const table = {
    outbound: async (_uid: string, id: string) => (id === 'A' ? { ...message, stanzaId } : undefined),
    putTold: async (_uid: string, told: ToldStatuses) => void (bed.told = told),
    async told() {
      bed.reads += 1;
      return bed.told ?? {};
    },
  } as unknown as MessageTable;
  return { bed, table };
}

describe('SentBook', () => {
  it('goes on where the owner before has left off', async () => {
    const { table, bed } = newTable();
    const before = new SentBook(table, sessionUid);
    before.remember('A', message);
    before.told('A', 'read', '552@s.whatsapp.net');
    before.told('A', 'delivered', '553@s.whatsapp.net');
    await before.handOver();
    const next = new SentBook(table, sessionUid);
    await Promise.all([next.find('A'), next.find('A')]);
    expect(next.isNews('A', 'delivered', '552@s.whatsapp.net')).toBe(false);
    expect(next.isNews('A', 'played', '552@s.whatsapp.net')).toBe(true);
    expect(next.isNews('A', 'read', '553@s.whatsapp.net')).toBe(true);
    expect(bed.reads).toBe(1);
  });

  it('asks for that only when a receipt is about a message that it does not know', async () => {
    const { table, bed } = newTable();
    const book = new SentBook(table, sessionUid);
    book.remember('A', message);
    await book.find('A');
    await book.find('not ours');
    expect(bed.reads).toBe(0);
  });

  it('writes nothing where nothing was told', async () => {
    const { table, bed } = newTable();
    const book = new SentBook(table, sessionUid);
    book.remember('A', message);
    await book.handOver();
    expect(bed.told).toBeUndefined();
  });
});
