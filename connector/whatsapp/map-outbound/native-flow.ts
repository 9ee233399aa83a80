import type { BinaryNode, proto } from '@whiskeysockets/baileys';
import type { Interactive, InteractiveButton } from '#core/contracts/outbound/interactive.ts';
import type { UploadedMedia } from '../media-upload.ts';
import { locationOf } from './location.ts';
import { imageOf, videoOf } from './media.ts';
import { uploadedOf, type WireMessage, type Writing } from './writing.ts';

/** Tells WhatsApp's server that the message has native-flow buttons; without it they are not shown. */
const BUSINESS_NODE: BinaryNode = {
  tag: 'biz',
  attrs: {},
  content: [
    {
      tag: 'interactive',
      attrs: { type: 'native_flow', v: '1' },
      content: [{ tag: 'native_flow', attrs: { v: '9', name: 'mixed' } }],
    },
  ],
};

/** Buttons and lists as WhatsApp's own native flows. Nobody promises that a phone shows those of a linked device. */
export function writeNative(
  interactive: Interactive,
  contextInfo: proto.IContextInfo | undefined,
  writing: Writing,
): WireMessage {
  const parts = interactive.type === 'location_request' ? undefined : interactive;
  const header = parts?.header && headerOf(parts.header, writing);
  const interactiveMessage: proto.Message.IInteractiveMessage = {
    ...(header && { header }),
    body: { text: interactive.body },
    ...(parts?.footer && { footer: { text: parts.footer } }),
    nativeFlowMessage: { buttons: flowsOf(interactive), messageParamsJson: '', messageVersion: 1 },
    ...(contextInfo && { contextInfo }),
  };
  return { message: { interactiveMessage }, nodes: [BUSINESS_NODE] };
}

type Header = NonNullable<Extract<Interactive, { readonly type: 'buttons' }>['header']>;

function headerOf(header: Header, writing: Writing): proto.Message.InteractiveMessage.IHeader {
  switch (header.type) {
    case 'text':
      return { title: header.text, hasMediaAttachment: false };
    case 'location':
      return { hasMediaAttachment: true, locationMessage: locationOf(header.location) };
    case 'image':
      return { hasMediaAttachment: true, imageMessage: imageOf(writing) };
    case 'video':
      return { hasMediaAttachment: true, videoMessage: videoOf(writing) };
    case 'document':
      return { hasMediaAttachment: true, documentMessage: documentOf(uploadedOf(writing), header.filename) };
  }
}

const documentOf = (uploaded: UploadedMedia, fileName = 'file') => ({ ...uploaded, fileName, title: fileName });

type Flow = proto.Message.InteractiveMessage.NativeFlowMessage.INativeFlowButton;
const flow = (name: string, parameters: object): Flow => ({ name, buttonParamsJson: JSON.stringify(parameters) });

function flowsOf(interactive: Interactive): Flow[] {
  switch (interactive.type) {
    case 'buttons':
      return interactive.buttons.map(buttonOf);
    case 'list': {
      const sections = interactive.sections.map(({ title = '', rows }) => ({
        title,
        rows: rows.map(({ id, title: name, description = '' }) => ({ id, title: name, description, header: '' })),
      }));
      return [flow('single_select', { title: interactive.button, sections })];
    }
    case 'location_request':
      return [flow('send_location', {})];
  }
}

function buttonOf(button: InteractiveButton): Flow {
  const { title: display_text } = button;
  switch (button.type) {
    case 'reply':
      return flow('quick_reply', { display_text, id: button.id });
    case 'url':
      return flow('cta_url', { display_text, url: button.url, merchant_url: button.url });
    case 'copy_code':
      return flow('cta_copy', { display_text, copy_code: button.code });
    case 'call':
      return flow('cta_call', { display_text, phone_number: button.phone });
  }
}
