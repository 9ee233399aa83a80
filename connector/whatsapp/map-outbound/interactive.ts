import type { proto } from '@whiskeysockets/baileys';
import { writeDocument, writeImage, writeVideo } from './media.ts';
import { writeNative } from './native-flow.ts';
import { numberedTextOf } from './numbered-text.ts';
import { writeText } from './text.ts';
import type { Content, WireMessage, Writing } from './writing.ts';

/** Buttons and lists: natively, or as a text with numbers that every phone shows. */
export function writeInteractive(
  { interactive }: Content<'interactive'>,
  contextInfo: proto.IContextInfo | undefined,
  writing: Writing & { readonly native: boolean },
): WireMessage {
  if (writing.native) return writeNative(interactive, contextInfo, writing);
  const text = numberedTextOf(interactive);
  const header = interactive.type === 'location_request' ? undefined : interactive.header;
  if (!header || header.type === 'text' || header.type === 'location') {
    return writeText({ type: 'text', text: { body: text, previewUrl: false } }, contextInfo, writing);
  }
  const { media, filename } = header;
  const file = { media, caption: text };
  switch (header.type) {
    case 'image':
      return writeImage({ type: 'image', ...file }, contextInfo, writing);
    case 'video':
      return writeVideo({ type: 'video', ...file }, contextInfo, writing);
    case 'document':
      return writeDocument({ caption: text, ...(filename && { filename }) }, contextInfo, {
        ...writing,
        fileName: undefined,
      });
  }
}
