import type { Draft } from '../../../sandbox/control/writing-schema.ts';
import { FILES } from './files.ts';

/** Something that a person does on their phone. */
export interface InboundKind {
  readonly name: string;
  /** Meta's `type` of the message that arrives. */
  readonly type: string;
  /** @param earlier id of a message that the same phone has written before */
  readonly draft: (earlier: string) => Omit<Draft, 'to'>;
  /** What the client's message says, as JSON. */
  readonly words: readonly string[];
}

const base64 = (kind: keyof typeof FILES): string => FILES[kind].bytes.toString('base64');

export const INBOUND_KINDS: readonly InboundKind[] = [
  { name: 'a text', type: 'text', draft: () => ({ text: 'bom dia \u007f ç 👍🏽' }), words: ['bom dia'] },
  {
    name: 'a reply',
    type: 'text',
    draft: (replyTo) => ({ text: 'sobre isso', replyTo }),
    words: ['sobre isso', '"context"'],
  },
  {
    name: 'a picture',
    type: 'image',
    draft: () => ({ image: base64('image'), mimetype: 'image/png', caption: 'minha foto' }),
    words: ['minha foto', 'image/png'],
  },
  {
    name: 'a video',
    type: 'video',
    draft: () => ({ video: base64('video'), mimetype: 'video/mp4', caption: 'meu filme' }),
    words: ['meu filme', 'video/mp4'],
  },
  {
    name: 'a voice message',
    type: 'audio',
    draft: () => ({ audio: base64('audio'), mimetype: 'audio/ogg; codecs=opus', voice: true }),
    words: ['"voice":true'],
  },
  {
    name: 'a document',
    type: 'document',
    draft: () => ({ document: base64('document'), mimetype: 'application/pdf', fileName: 'nota.pdf' }),
    words: ['nota.pdf', 'application/pdf'],
  },
  {
    name: 'a sticker',
    type: 'sticker',
    draft: () => ({ sticker: base64('sticker'), mimetype: 'image/webp' }),
    words: ['image/webp'],
  },
  {
    name: 'a place',
    type: 'location',
    draft: () => ({ location: { latitude: -23.55, longitude: -46.63, name: 'Praça' } }),
    words: ['-23.55', 'Praça'],
  },
  {
    name: 'a contact',
    type: 'contacts',
    draft: () => ({ contacts: [{ name: 'Rui Cruz', phone: '5511900001111' }] }),
    words: ['Rui Cruz'],
  },
  {
    name: 'a reaction',
    type: 'reaction',
    draft: (targetId) => ({ reaction: { emoji: '❤️', targetId } }),
    words: ['❤️', 'wamid.'],
  },
  {
    name: 'an edit',
    type: 'edit',
    draft: (targetId) => ({ edit: { text: 'corrigido', targetId } }),
    words: ['corrigido', 'wamid.'],
  },
  { name: 'a revocation', type: 'revoke', draft: (targetId) => ({ revoke: { targetId } }), words: ['wamid.'] },
  {
    name: 'an order',
    type: 'order',
    draft: () => ({
      order: { id: '1', currency: 'BRL', items: [{ id: 'pao', name: 'Pão', quantity: 2, price: 3.5 }] },
    }),
    words: ['BRL', 'pao'],
  },
  {
    name: 'a tap on a button',
    type: 'interactive',
    draft: (replyTo) => ({ answer: { as: 'button', id: 'sim', title: 'Sim!' }, replyTo }),
    words: ['button_reply', 'Sim!'],
  },
  {
    name: 'a chosen row',
    type: 'interactive',
    draft: (replyTo) => ({ answer: { as: 'list', id: 'pix', title: 'Pix!', description: 'na hora' }, replyTo }),
    words: ['list_reply', 'Pix!', 'na hora'],
  },
  {
    name: 'a tap on a button of a template',
    type: 'button',
    draft: (replyTo) => ({ answer: { as: 'template', id: 'parar', title: 'Parar!' }, replyTo }),
    words: ['"payload":"parar"', 'Parar!'],
  },
  {
    name: 'a forwarded text',
    type: 'text',
    draft: () => ({ text: 'passe adiante', forwarded: 1 }),
    words: ['passe adiante', '"forwarded":true'],
  },
  {
    name: 'a poll',
    type: 'unsupported',
    draft: () => ({ poll: { question: 'Café?', options: ['sim', 'não'] } }),
    words: ['131051'],
  },
];
