import { createHash } from 'node:crypto';
import { aesEncryptGCM, hmacSign, normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import type { Composed, Target, Writer } from './composed.ts';

const IV_BYTES = 12;
const NO_SALT = new Uint8Array(32);

/** A vote as WhatsApp encrypts it: with a key of the poll's secret and of who asks and who votes. No option takes the vote back. */
export function voteMessage(options: readonly string[], poll: Target, writer: Writer): Composed {
  const secret = poll.message.messageContextInfo?.messageSecret;
  const offered = offeredBy(poll.message);
  if (!secret || !offered) throw new Error(`The message ${poll.key.id} is no poll.`);
  const unknown = options.find((option) => !offered.includes(option));
  if (unknown !== undefined) throw new Error(`The poll has no option ${unknown}. It has: ${offered.join(', ')}.`);
  const selectedOptions = options.map((option) => createHash('sha256').update(option).digest());
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  const encIv = writer.random(IV_BYTES);
  const aad = Buffer.from(`${poll.key.id}\0${writer.jid}`);
  const encPayload = aesEncryptGCM(plain, voteKey(Buffer.from(secret), poll, writer.jid), encIv, aad);
  const vote = { encPayload, encIv };
  const pollUpdateMessage = { pollCreationMessageKey: poll.key, vote, senderTimestampMs: writer.nowMs };
  return { type: 'poll', message: { pollUpdateMessage } };
}

/** HKDF-SHA256 of one block: extract, then expand over what the vote is about. */
function voteKey(secret: Buffer, { key, author }: Target, voter: string): Buffer {
  const extracted = hmacSign(secret, NO_SALT);
  const info = Buffer.concat([Buffer.from(`${key.id}${author}${voter}Poll Vote`), Buffer.from([1])]);
  return hmacSign(info, extracted);
}

function offeredBy(message: proto.IMessage): readonly string[] | undefined {
  const content = normalizeMessageContent(message);
  const poll = content?.pollCreationMessageV3 ?? content?.pollCreationMessageV2 ?? content?.pollCreationMessage;
  return poll?.options?.map(({ optionName }) => optionName ?? '');
}
