import { randomBytes } from 'node:crypto';
import { newStanzaId, type StanzaId } from '#core/domain/ids.ts';
import { chatHashOf } from '#core/domain/shard.ts';
import { formatWamid } from '#core/domain/wamid.ts';
import type { Bed, Identity } from './connector-bed.ts';

/** What POST /messages does for a group. */
export async function sendToGroup(bed: Bed, session: Identity, groupId: string, body: string): Promise<StanzaId> {
  const stanzaId = newStanzaId(randomBytes);
  const wamid = formatWamid({ sessionUid: session.sessionUid, direction: 'out', stanzaId });
  const content = { type: 'text', text: { body, previewUrl: false } } as const;
  const to = { type: 'group', groupId } as const;
  const command = { type: 'message.send', stanzaId, wamid, to, content, bizOpaqueCallbackData: body } as const;
  await bed.command(session, command, chatHashOf(groupId));
  return stanzaId;
}
