import { parseWamid, type Wamid } from '#core/domain/wamid.ts';
import type { ReferredMessage } from '../whatsapp/whatsapp-port.ts';
import { inboundKey } from './message-row.ts';
import type { MessageTable } from './message-table.ts';

/** A message of the table, and when it was sent, milliseconds since the epoch. */
export interface FoundMessage {
  readonly message: ReferredMessage;
  readonly atMs: number;
}

/** The message that a wamid names: one read. @returns undefined when its row is gone, or was never there */
export async function rowOfWamid(
  table: Pick<MessageTable, 'inbound' | 'outbound'>,
  wamid: Wamid,
): Promise<FoundMessage | undefined> {
  const parts = parseWamid(wamid);
  if (!parts) return undefined;
  const { sessionUid, stanzaId, direction, authorHash = '' } = parts;
  if (direction === 'out') {
    const row = await table.outbound(sessionUid, stanzaId);
    if (!row) return undefined;
    const { chat, content, acceptedAtMs: atMs } = row;
    return { message: { stanzaId, chat, fromMe: true, content }, atMs };
  }
  const row = await table.inbound(sessionUid, inboundKey(stanzaId, authorHash));
  if (!row) return undefined;
  const { chat, author, fromMe, content, sentAtMs: atMs } = row;
  return { message: { stanzaId, chat, author, fromMe, content }, atMs };
}
