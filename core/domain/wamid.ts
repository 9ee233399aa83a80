import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type SessionUid, SessionUidSchema, type StanzaId, StanzaIdSchema } from './ids.ts';

/** A message id in Meta's form, `wamid.` and base64url. Opaque to clients; we can read our own (D3). */
export const WamidSchema = z
  .string()
  .regex(/^wamid\.[\w+/=-]+$/, 'must be a message id, which begins with "wamid."')
  .max(512)
  .brand<'Wamid'>();
export type Wamid = z.infer<typeof WamidSchema>;

/** What a wamid of ours says. Chat and phone number are left out on purpose: they change between send and receipt. */
export interface WamidParts {
  readonly sessionUid: SessionUid;
  readonly direction: 'in' | 'out';
  readonly stanzaId: StanzaId;
  /** Inbound only: first 8 bytes, hex, of the SHA-256 of the author's jid as first seen; two senders may choose one stanza id. */
  readonly authorHash?: string;
}

const VERSION = 1;
const UID_BYTES = 12;
const AUTHOR_BYTES = 8;
const DIRECTION = { in: 0, out: 1 } as const;

/** Hash of an author's jid (without device) as a wamid carries it: 16 hex digits. */
export function authorHashOf(authorJid: string): string {
  return createHash('sha256').update(authorJid).digest().subarray(0, AUTHOR_BYTES).toString('hex');
}

/** Makes the one wamid of a message. */
export function formatWamid(parts: WamidParts): Wamid {
  const bytes = Buffer.concat([
    Buffer.from([VERSION, DIRECTION[parts.direction]]),
    Buffer.from(parts.sessionUid, 'hex'),
    parts.direction === 'in' ? Buffer.from(parts.authorHash ?? '0'.repeat(AUTHOR_BYTES * 2), 'hex') : Buffer.alloc(0),
    Buffer.from(parts.stanzaId, 'utf8'),
  ]);
  return WamidSchema.parse(`wamid.${bytes.toString('base64url')}`);
}

/** Reads a wamid of ours; undefined for any other string. */
export function parseWamid(wamid: string): WamidParts | undefined {
  if (!wamid.startsWith('wamid.')) return undefined;
  const bytes = Buffer.from(wamid.slice('wamid.'.length), 'base64url');
  const inbound = bytes[1] === DIRECTION.in;
  const stanzaAt = 2 + UID_BYTES + (inbound ? AUTHOR_BYTES : 0);
  if (bytes[0] !== VERSION || (!inbound && bytes[1] !== DIRECTION.out) || bytes.length <= stanzaAt) return undefined;
  const uid = SessionUidSchema.safeParse(bytes.subarray(2, 2 + UID_BYTES).toString('hex'));
  const stanza = StanzaIdSchema.safeParse(bytes.subarray(stanzaAt).toString('utf8'));
  if (!uid.success || !stanza.success) return undefined;
  const parts = { sessionUid: uid.data, stanzaId: stanza.data };
  if (!inbound) return { ...parts, direction: 'out' };
  return { ...parts, direction: 'in', authorHash: bytes.subarray(2 + UID_BYTES, stanzaAt).toString('hex') };
}
