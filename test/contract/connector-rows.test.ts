import { readdirSync } from 'node:fs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#core/domain/clock.ts';
import { SessionUidSchema } from '#core/domain/ids.ts';
import { parseWamid } from '#core/domain/wamid.ts';
import { LedgerMemory } from '../../connector/auth-state/ledger-memory.ts';
import { PRE_KEY_PREFIX, PreKeyStore } from '../../connector/auth-state/pre-key-store.ts';
import { pack, textOf, unpack, valueOf } from '../../connector/auth-state/value-codec.ts';
import { makeMessageTable } from '../../connector/messages/message-table.ts';
import { memoryTable } from '../connector/auth-state/memory-table.ts';
import { FIXTURES, recorded, withUnknownFields } from './recorded-contracts.ts';

/** A table that holds one row, whatever it is asked for. */
const tableOf = (row: unknown): ReturnType<typeof makeMessageTable> =>
  makeMessageTable({
    dynamo: { send: async () => ({ Item: marshall(row) }) } as unknown as DynamoDBClient,
    tableName: 'messages',
    keptDays: 30,
    clock: systemClock,
  });

describe.each(readdirSync(FIXTURES).filter((folder) => /^v\d/.test(folder)))(
  'rows that only the connector reads, of %s',
  (release) => {
    const rows = recorded(release, 'message-rows');

    it.each(['in', 'out'] as const)(
      'message rows (%s) are read, with fields of a later release too',
      async (direction) => {
        const ofDirection = rows.filter((row) => row['direction'] === direction);
        expect(ofDirection.length).toBeGreaterThan(0);
        for (const row of [...ofDirection, ...ofDirection.map(withUnknownFields)] as Record<string, unknown>[]) {
          const uid = SessionUidSchema.parse(row['sessionUid']);
          const table = tableOf(row);
          const read =
            direction === 'in'
              ? await table.inbound(uid, String(row['message']))
              : await table.outbound(uid, String(row['stanzaId']));
          expect(parseWamid(read?.wamid ?? '')).toMatchObject({ direction, sessionUid: uid, stanzaId: read?.stanzaId });
          expect(read?.content).toBeInstanceOf(Uint8Array);
          expect(read?.content.length).toBeGreaterThan(0);
        }
      },
    );

    it('parts of a stanza are read', async () => {
      const part = rows.find((row) => String(row['message']).startsWith('part#'));
      const plain = await tableOf(part).part(SessionUidSchema.parse(part?.['sessionUid']), 'any');
      expect(plain?.length).toBeGreaterThan(0);
    });

    it('entries of the ledger are unpacked to what packs to the same again', () => {
      const entries = recorded(release, 'auth-state-entries');
      expect(entries.map(({ entry }) => String(entry).split('#')[0])).toContain('creds');
      for (const { v } of entries.filter(({ entry }) => !String(entry).startsWith(PRE_KEY_PREFIX))) {
        const value = valueOf(unpack(v as Uint8Array));
        expect(valueOf(unpack(pack(textOf(value))))).toEqual(value);
      }
    });

    it('pre-keys are read from their block, the used ones left out', async () => {
      const { table, rows: stored } = memoryTable();
      for (const { entry, v } of recorded(release, 'auth-state-entries')) stored.set(String(entry), v as Uint8Array);
      const store = new PreKeyStore({
        table,
        memory: new LedgerMemory(2 ** 20),
        sessionUid: SessionUidSchema.parse('0'.repeat(24)),
      });
      expect(await store.get(801)).toBeUndefined();
      expect((await store.get(802))?.public).toHaveLength(32);
    });

    it('entries of a format that nobody knows are refused, not misread', () => {
      expect(() => unpack(new Uint8Array([9, 1, 2]))).toThrow('Unknown format 9');
    });
  },
);
