import type { proto } from '@whiskeysockets/baileys';
import type { FindMessage, ReadContent, ReceivedMessage } from '../whatsapp-port.ts';

/** What a reader of one kind may look at beside the message itself. */
export interface Reading {
  readonly received: ReceivedMessage;
  readonly find: FindMessage;
}

/** What a kind says; what goes with every kind is added around it. */
export type ReadKind = Pick<ReadContent, 'content' | 'media' | 'context'>;

/** Reads one kind out of a message without its wrappers; undefined when it is of another kind. */
export type Reader = (
  message: proto.IMessage,
  reading: Reading,
) => ReadKind | undefined | Promise<ReadKind | undefined>;
