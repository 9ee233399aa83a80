import { type Answer, answerMessage } from './answer.ts';
import { anyMessage } from './any-message.ts';
import { type Around, around } from './around.ts';
import type { Composed, Writer } from './composed.ts';
import { type Card, contactsMessage } from './contacts.ts';
import { editMessage } from './edit.ts';
import { type LivePlace, liveLocationMessage, locationMessage, type Place } from './location.ts';
import { type MediaUpload, mediaMessage } from './media.ts';
import { type Cart, orderMessage } from './order.ts';
import { type Poll, pollMessage } from './poll.ts';
import { reactionMessage } from './reaction.ts';
import { revokeMessage } from './revoke.ts';
import { textMessage } from './text.ts';
import { voteMessage } from './vote.ts';

/** Something new. */
type Saying =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'media'; readonly upload: MediaUpload }
  | { readonly kind: 'location'; readonly place: Place }
  | { readonly kind: 'live-location'; readonly place: LivePlace }
  | { readonly kind: 'contacts'; readonly cards: readonly Card[] }
  | { readonly kind: 'poll'; readonly poll: Poll }
  | { readonly kind: 'order'; readonly cart: Cart }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'any'; readonly json: Readonly<Record<string, unknown>> };

/** Something about another message. */
type AboutAnother = { readonly targetId: string } & (
  | { readonly kind: 'reaction'; readonly emoji: string }
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'revoke' }
  | { readonly kind: 'vote'; readonly options: readonly string[] }
);

/** What a person can write. */
export type Writing = Saying | AboutAnother;

/** What somebody writes, ready to be encrypted. @param partner jid of the other side, or of the group */
export function compose(writing: Writing, what: Around, writer: Writer, partner: string): Composed {
  return 'targetId' in writing
    ? aboutAnother(writing, writer)
    : around(said(writing, writer.nowMs, partner), what, writer, partner);
}

function aboutAnother(writing: AboutAnother, writer: Writer): Composed {
  const target = writer.target(writing.targetId);
  switch (writing.kind) {
    case 'reaction':
      return reactionMessage(writing.emoji, target, writer.nowMs);
    case 'edit':
      return editMessage(writing.text, target, writer.nowMs);
    case 'revoke':
      return revokeMessage(target);
    case 'vote':
      return voteMessage(writing.options, target, writer);
  }
}

function said(writing: Saying, nowMs: number, partner: string): Composed {
  switch (writing.kind) {
    case 'text':
      return textMessage(writing.text);
    case 'media':
      return mediaMessage(writing.upload, nowMs);
    case 'location':
      return locationMessage(writing.place);
    case 'live-location':
      return liveLocationMessage(writing.place);
    case 'contacts':
      return contactsMessage(writing.cards);
    case 'poll':
      return pollMessage(writing.poll);
    case 'order':
      return orderMessage(writing.cart, partner);
    case 'answer':
      return answerMessage(writing.answer);
    case 'any':
      return anyMessage(writing.json);
  }
}
