import { jidDecode, type proto } from '@whiskeysockets/baileys';
import type { ReferredProduct } from '#core/contracts/inbound/referral.ts';
import type { ReadContent } from '../whatsapp-port.ts';
import { quotedBy } from './message-reference.ts';
import type { Reading } from './reading.ts';
import { referralOf } from './referral.ts';

/** From here on WhatsApp shows two arrows and “forwarded many times”. */
const OFTEN = 5;

/** What goes with a message of any kind: what it answers, where it comes from. */
export async function readContext(
  message: proto.IMessage,
  { received, find }: Reading,
): Promise<Pick<ReadContent, 'context' | 'forwarded' | 'referral' | 'referredProduct'>> {
  const info = contextInfoOf(message);
  if (!info) return {};
  const quoted = quotedBy(info, received);
  const known = quoted && (await find(quoted));
  const referral = info.externalAdReply && referralOf(info.externalAdReply);
  const referredProduct = productOf(info.quotedMessage);
  return {
    ...(known && { context: { id: known.wamid, ...(known.from !== undefined && { from: known.from }) } }),
    ...(info.isForwarded && { forwarded: (info.forwardingScore ?? 0) >= OFTEN ? 'often' : 'once' }),
    ...(referral && { referral }),
    ...(referredProduct && { referredProduct }),
  };
}

/** Each kind has its own member for it. */
function contextInfoOf(message: proto.IMessage): proto.IContextInfo | undefined {
  for (const member of Object.values(message) as unknown[]) {
    if (typeof member !== 'object' || member === null || !('contextInfo' in member)) continue;
    if (member.contextInfo) return member.contextInfo;
  }
  return undefined;
}

/** The product of a catalog that a question is about. WhatsApp addresses a catalog by its owner's number. */
function productOf(quoted: proto.IMessage | null | undefined): ReferredProduct | undefined {
  const { product, businessOwnerJid } = quoted?.productMessage ?? {};
  const id = product?.retailerId || product?.productId;
  const owner = businessOwnerJid ? jidDecode(businessOwnerJid)?.user : undefined;
  return id && owner ? { catalog_id: owner, product_retailer_id: id } : undefined;
}
