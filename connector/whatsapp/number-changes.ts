import { type BinaryNode, getBinaryNodeChild, isJidGroup, jidDecode, jidNormalizedUser } from '@whiskeysockets/baileys';
import { StanzaIdSchema } from '#core/domain/ids.ts';
import type { Socket } from './open-socket.ts';
import { gateStanzas } from './stanza-gate.ts';
import type { NumberChange } from './whatsapp-port.ts';

/** Holds back the acknowledgement of a notification that somebody has a new number until `onNumberChange` has resolved. */
export function gateNumberChanges(
  { ws, notificationMutex }: Pick<Socket, 'ws' | 'notificationMutex'>,
  onNumberChange: (change: NumberChange) => Promise<void>,
): void {
  const touch = gateStanzas(notificationMutex, async (stanza) => {
    const change = numberChangeOf(stanza);
    if (change) await onNumberChange(change);
  });
  ws.prependListener('CB:notification', touch);
}

/** Reads a notification; undefined for all others. WhatsApp tells it to those who know the person, and in each group. */
export function numberChangeOf(stanza: BinaryNode): NumberChange | undefined {
  const { id, type, t } = stanza.attrs;
  const modify = getBinaryNodeChild(stanza, 'modify');
  if (!modify || !id) return undefined;
  const named = type === 'contacts' ? byContacts(modify) : type === 'w:gp2' ? byGroup(stanza, modify) : undefined;
  if (!named || named.before.length === 0 || named.now.length === 0) return undefined;
  return { stanzaId: StanzaIdSchema.parse(id), ...named, atMs: Number(t ?? 0) * 1000 };
}

type Named = Pick<NumberChange, 'before' | 'now' | 'groupId'>;

const byContacts = ({ attrs }: BinaryNode): Named => ({
  before: jidsOf(attrs['old'], attrs['old_lid']),
  now: jidsOf(attrs['new'], attrs['new_lid']),
});

/** The notification comes from the old number, and its participant is the new one. */
function byGroup({ attrs }: BinaryNode, modify: BinaryNode): Named | undefined {
  const { jid, phone_number: phone, lid } = getBinaryNodeChild(modify, 'participant')?.attrs ?? {};
  const group = isJidGroup(attrs['from']) ? jidDecode(attrs['from'])?.user : undefined;
  return group === undefined
    ? undefined
    : { before: jidsOf(attrs['participant'], attrs['participant_pn']), now: jidsOf(jid, phone, lid), groupId: group };
}

const jidsOf = (...jids: readonly (string | undefined)[]): string[] =>
  jids.flatMap((jid) => (jid ? [jidNormalizedUser(jid)] : []));
