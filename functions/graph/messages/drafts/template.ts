import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import type { ContentOf } from '#core/contracts/outbound/content.ts';
import type { InteractiveButton } from '#core/contracts/outbound/interactive.ts';
import type { MediaReference } from '#core/contracts/outbound/media-reference.ts';
import type { SessionRow } from '#core/contracts/rows/session-row.ts';
import type { RenderedButton, RenderedHeader, RenderedTemplate } from '#core/domain/template/rendered-template.ts';
import type { Draft } from './draft.ts';

/** Finds a template of the session's account and fills it. @throws GraphError 132xxx */
export type DraftTemplate = (template: MessageObject<'template'>, session: SessionRow) => Promise<Draft>;

/** A rendered template as the message that it is for WhatsApp: a text, a file with its caption, or one with buttons. */
export function draftRendered(template: RenderedTemplate): Draft {
  const { header } = template;
  const isPlain = template.buttons.length === 0 && header?.type !== 'location';
  if (!header || header.type === 'text' || header.type === 'location') {
    return { content: isPlain ? textOf(template) : interactiveOf(template, undefined) };
  }
  const { type: kind, media: file } = header;
  return {
    media: { kind, reference: file, field: `template.components.header.${kind}` },
    contentWith: (media) => (isPlain ? fileOf(template, kind, media) : interactiveOf(template, media)),
  };
}

const footerOf = (footer: string | undefined): readonly string[] => (footer ? [`_${footer}_`] : []);

/** Bold and italic as people would write them: a plain message has no header and no footer of its own. */
function textOf({ header, body, footer }: RenderedTemplate): ContentOf<'text'> {
  const title = header?.type === 'text' ? [`*${header.text}*`] : [];
  return { type: 'text', text: { body: [...title, body, ...footerOf(footer)].join('\n\n'), previewUrl: false } };
}

function fileOf(
  { header, body, footer }: RenderedTemplate,
  type: 'image' | 'video' | 'document',
  media: MediaReference,
): ContentOf<'image' | 'video' | 'document'> {
  const caption = [body, ...footerOf(footer)].join('\n\n');
  const filename = header && 'media' in header ? header.media.filename : undefined;
  return type === 'document' ? { type, media, caption, ...(filename ? { filename } : {}) } : { type, media, caption };
}

function interactiveOf(template: RenderedTemplate, media: MediaReference | undefined): ContentOf<'interactive'> {
  const { header, body, footer, buttons } = template;
  const top = header && headerOf(header, media);
  return {
    type: 'interactive',
    interactive: {
      type: 'buttons',
      ...(top && { header: top }),
      body,
      ...(footer ? { footer } : {}),
      buttons: buttons.map(buttonOf),
    },
    answerAs: 'button',
  };
}

function headerOf(header: RenderedHeader, media: MediaReference | undefined) {
  if (!('media' in header)) return header;
  const { filename } = header.media;
  return media && { type: header.type, media, ...(filename ? { filename } : {}) };
}

function buttonOf(button: RenderedButton): InteractiveButton {
  switch (button.type) {
    case 'quick_reply':
      return { type: 'reply', id: button.payload, title: button.text };
    case 'url':
      return { type: 'url', title: button.text, url: button.url };
    case 'phone_number':
      return { type: 'call', title: button.text, phone: button.phoneNumber };
    case 'copy_code':
      return { type: 'copy_code', title: button.text, code: button.code };
  }
}
