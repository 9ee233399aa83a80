import { randomBytes } from 'node:crypto';
import type { SendMessageCommand } from '#core/contracts/outbound-command.ts';
import { newStanzaId } from '#core/domain/ids.ts';
import { formatWamid } from '#core/domain/wamid.ts';

/** What the API puts on the queue for a text to a person. @param to E.164 digits */
export function textCommandOf(
  { accountId, sessionId, sessionUid }: Pick<SendMessageCommand, 'accountId' | 'sessionId' | 'sessionUid'>,
  { to, body }: { readonly to: string; readonly body: string },
): SendMessageCommand {
  const stanzaId = newStanzaId(randomBytes);
  return {
    version: 1,
    type: 'message.send',
    accountId,
    sessionId,
    sessionUid,
    acceptedAtMs: Date.now(),
    stanzaId,
    wamid: formatWamid({ sessionUid, direction: 'out', stanzaId }),
    to: { type: 'individual', phone: to },
    content: { type: 'text', text: { body, previewUrl: false } },
  };
}
