import type { Readable } from 'node:stream';
import type { OutboundContent } from '#core/contracts/outbound-command.ts';
import type { MediaId, StanzaId } from '#core/domain/ids.ts';
import type { MediaKind } from '#core/domain/media-kinds.ts';

/** A message that is to be sent, with all that the engine needs of it. */
export interface OutgoingMessage {
  readonly stanzaId: StanzaId;
  readonly to:
    | { readonly type: 'individual'; readonly phone: string }
    | { readonly type: 'group'; readonly groupId: string }
    /** LID user part. */
    | { readonly type: 'user'; readonly userId: string };
  readonly content: OutboundContent;
  /** The file of a content that has one. */
  readonly media?: OutgoingMedia;
  /** The message that it answers. */
  readonly quoted?: ReferredMessage;
  /** The message that a reaction, an edit or a revocation is about. */
  readonly target?: ReferredMessage;
  /** What a text shows of the page that it names. */
  readonly preview?: LinkPreview;
  readonly forwarded?: boolean;
  /** Buttons and lists as WhatsApp's own, and not as a text with numbers. */
  readonly native?: boolean;
}

/** A page as a text shows it. */
export interface LinkPreview {
  /** As the text has it. */
  readonly url: string;
  readonly title: string;
  readonly description?: string | undefined;
  /** A small JPEG. */
  readonly thumbnail?: Uint8Array;
}

/** A message of our table that another one is about. Jids are without device. */
export interface ReferredMessage {
  readonly stanzaId: string;
  readonly chat: string;
  /** Written by our own number, here or on another device. */
  readonly fromMe: boolean;
  readonly author?: string;
  /** Protobuf without padding; empty when nobody could decrypt it. */
  readonly content: Uint8Array;
}

/** Received messages of one chat, and in groups of one author. */
export interface ReadMark {
  readonly chat: string;
  /** In groups. */
  readonly author?: string;
  readonly stanzaIds: readonly string[];
}

/** A file that is to be sent. It is in S3 and is never copied to a disk in clear. */
export interface OutgoingMedia {
  readonly mediaId: MediaId;
  /** What it is sent as. */
  readonly kind: MediaKind;
  /** With parameters, where its source said some: `audio/ogg; codecs=opus`. */
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** Digest of the file, base64. */
  readonly sha256: string;
  readonly fileName?: string;
  /** Of a picture: a small JPEG. */
  readonly thumbnail?: Uint8Array;
  /** Reads the file from its beginning; may be called more than once. */
  open(): Promise<Readable>;
}

export type SendOutcome =
  /** WhatsApp has it. */
  | { readonly type: 'accepted'; readonly chat: string; readonly content: Uint8Array; readonly atMs: number }
  /** WhatsApp answered with an error code. */
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'not_on_whatsapp' }
  /** There is no such group, or the number is not in it. */
  | { readonly type: 'not_in_group' }
  /** With what it quotes it is larger than its row may be. */
  | { readonly type: 'too_large' }
  /** An edit of a message that has no text. */
  | { readonly type: 'not_editable' }
  /** Unknown whether WhatsApp has it, unless it surely `neverLeft`: send again under the same stanza id. */
  | {
      readonly type: 'interrupted';
      readonly error?: unknown;
      readonly neverLeft?: boolean;
      /** WhatsApp's media host did not take the file. */
      readonly uploading?: boolean;
    };
