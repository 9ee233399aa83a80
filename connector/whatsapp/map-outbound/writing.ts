import type { BinaryNode, proto } from '@whiskeysockets/baileys';
import type { FileShape } from '#core/domain/file-shape/picture-shape.ts';
import type { UploadedMedia } from '../media-upload.ts';
import type { OutgoingMessage } from '../whatsapp-port.ts';

/** What has to be known beside the message itself. */
export interface Writing {
  /** Jid of the chat that it goes to. */
  readonly jid: string;
  /** Jids of the session's own number, without device; the LID is empty before WhatsApp has told it. */
  readonly own: { readonly pn: string; readonly lid: string };
  /** The file, when it lies on WhatsApp's media host. */
  readonly uploaded: UploadedMedia | undefined;
  /** Of a picture: a small JPEG, which is shown until the phone has the file. */
  readonly thumbnail?: Uint8Array | undefined;
  /** How it is shown, where the file says it. */
  readonly shape?: FileShape | undefined;
  /** Jids of the people whom a text names, and the user by which its chat names each, by phone number. */
  readonly mentioned: ReadonlyMap<string, { readonly jid: string; readonly user: string }>;
  /** 32 bytes from which votes and reports are derived; the same however often the message is written. */
  readonly secret: Uint8Array;
  readonly nowMs: number;
}

/** A message as it goes to WhatsApp. */
export interface WireMessage {
  readonly message: proto.IMessage;
  /** What the stanza says of it: `1` edits, `7` takes back. */
  readonly edit?: '1' | '7';
  readonly nodes?: readonly BinaryNode[];
}

export type Content<T extends OutgoingMessage['content']['type']> = Extract<
  OutgoingMessage['content'],
  { readonly type: T }
>;

/** Phones lay out the message by it before they have the file. */
export const sidesIn = ({ shape }: Pick<Writing, 'shape'>): { readonly width?: number; readonly height?: number } =>
  shape ? { width: shape.width, height: shape.height } : {};

/** @throws Error where the sender has not uploaded the file before */
export function uploadedOf({ uploaded }: Writing): UploadedMedia {
  if (!uploaded) throw new Error('The file of the message is not uploaded.');
  return uploaded;
}
