import type * as z from 'zod';
import { decryptMedia, encryptMedia } from '../media/media-cipher.ts';
import type { MediaUpload } from '../phones/writing/media.ts';
import type { Writing } from '../phones/writing/writing.ts';
import type { ControlWorld } from './control-world.ts';
import { chatFrom, numberOf, orConflict } from './control-world.ts';
import type { ControlAnswer, ControlRequest } from './http.ts';
import { ControlError } from './http.ts';
import { writing } from './writing-schema.ts';

const MEDIA_KEY_BYTES = 32;

const DEFAULT_MIMETYPES: Readonly<Record<MediaUpload['kind'], string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/octet-stream',
  sticker: 'image/webp',
};

type Input = z.infer<typeof writing>;

/** Writes on a phone; answers with the message as the phone shows it. */
export async function write(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const input = await request.body(writing);
  const phone = world.phones.phone(numberOf(world, request));
  const content = await writingFrom(world, input);
  return { json: await orConflict(phone.write(chatFrom(world, input.to), content, input)), status: 201 };
}

async function writingFrom(world: ControlWorld, input: Input): Promise<Writing> {
  for (const kind of ['image', 'video', 'audio', 'document', 'sticker'] as const) {
    const file = input[kind];
    if (file !== undefined)
      return { kind: 'media', upload: await upload(world, kind, Buffer.from(file, 'base64'), input) };
  }
  const content = aboutAnother(input) ?? said(input);
  if (!content) throw new ControlError(400, 'There is nothing to write.');
  return content;
}

function aboutAnother({ reaction, edit, revoke, vote }: Input): Writing | undefined {
  if (reaction) return { kind: 'reaction', ...reaction };
  if (edit) return { kind: 'edit', ...edit };
  if (revoke) return { kind: 'revoke', ...revoke };
  return vote && { kind: 'vote', ...vote };
}

function said(input: Input): Writing | undefined {
  const { text, location, liveLocation, contacts, poll, answer, order, message } = input;
  if (text !== undefined) return { kind: 'text', text };
  if (location) return { kind: 'location', place: location };
  if (liveLocation) return { kind: 'live-location', place: liveLocation };
  if (contacts) return { kind: 'contacts', cards: contacts };
  if (poll) return { kind: 'poll', poll };
  if (answer) return { kind: 'answer', answer };
  if (order) return { kind: 'order', cart: order };
  return message && { kind: 'any', json: message };
}

async function upload(
  world: ControlWorld,
  kind: MediaUpload['kind'],
  file: Buffer,
  { mimetype, caption, fileName, voice, note, animated }: Input,
): Promise<MediaUpload> {
  const mediaKey = world.context.random(MEDIA_KEY_BYTES);
  const { encrypted, fileSha256, fileEncSha256 } = await encryptMedia(file, mediaKey, kind);
  const { directPath } = await world.media.files.save(encrypted);
  return {
    kind,
    url: `https://${world.media.host}${directPath}`,
    directPath,
    mediaKey,
    fileSha256,
    fileEncSha256,
    fileLength: file.length,
    mimetype: mimetype ?? DEFAULT_MIMETYPES[kind],
    caption,
    fileName,
    voice,
    note,
    animated,
  };
}

/** The decrypted file of a message on a phone. */
export async function receivedMedia(world: ControlWorld, request: ControlRequest): Promise<ControlAnswer> {
  const number = numberOf(world, request);
  const id = request.params['id'] ?? '';
  const message = world.log.find(number, id).find((each) => each.media !== undefined);
  if (!message?.media) throw new ControlError(404, `The phone of ${number} shows no media in a message ${id}.`);
  const { directPath, mediaKey, mimetype } = message.media;
  const encrypted = await world.media.files.load(directPath);
  if (!encrypted) throw new ControlError(410, 'The media host has forgotten that file.');
  const type =
    message.kind === 'video' || message.kind === 'audio' || message.kind === 'document' ? message.kind : 'image';
  return { bytes: await decryptMedia(encrypted, Buffer.from(mediaKey, 'base64'), type), type: mimetype };
}
