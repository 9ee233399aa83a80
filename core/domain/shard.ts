import { createHash } from 'node:crypto';
import type { SessionUid } from './ids.ts';

/** The shard of a new session: `hash(sessionUid) mod shards`. Stored on the session, because `shards` may grow later. */
export function shardOf(sessionUid: SessionUid, shards: number): number {
  return createHash('sha256').update(sessionUid).digest().readUInt32BE(0) % shards;
}

/** Bytes of the chat's hash in a message group: enough against collisions inside one session, and no phone number in a queue's metadata. */
const CHAT_HASH_BYTES = 12;

/** Name of a chat in message group ids: a hash, so that no number shows in metrics and logs. */
export function chatHashOf(chat: string): string {
  return createHash('sha256').update(chat).digest().subarray(0, CHAT_HASH_BYTES).toString('hex');
}
