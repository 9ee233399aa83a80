import type { InteractiveRequest } from '#core/contracts/api/messages/interactive/interactive.ts';
import type { RequestHeader } from '#core/contracts/api/messages/interactive/parts.ts';
import type { Interactive } from '#core/contracts/outbound/interactive.ts';
import type { MediaReference } from '#core/contracts/outbound/media-reference.ts';
import type { MediaWish } from '../../media/media-resolver.ts';
import type { Draft } from './draft.ts';

export function draftInteractive(interactive: InteractiveRequest): Draft {
  const header = 'header' in interactive ? interactive.header : undefined;
  const file = header ? headerFileOf(header) : undefined;
  const contentWith = (media?: MediaReference) =>
    ({
      type: 'interactive',
      interactive: interactiveOf(interactive, header ?? undefined, media),
      ...(typeof interactive.native === 'boolean' ? { native: interactive.native } : {}),
    }) as const;
  return file ? { media: file, contentWith } : { content: contentWith() };
}

/** The file of a header that has one. */
function headerFileOf(header: RequestHeader): MediaWish | undefined {
  if (header.type === 'text') return undefined;
  const { id, link } = fileOf(header);
  const reference = { ...(id ? { id } : {}), ...(link ? { link } : {}) };
  return { kind: header.type, reference, field: `interactive.header.${header.type}` };
}

function fileOf(header: Exclude<RequestHeader, { readonly type: 'text' }>) {
  switch (header.type) {
    case 'image':
      return header.image;
    case 'video':
      return header.video;
    case 'document':
      return header.document;
  }
}

function interactiveOf(
  interactive: InteractiveRequest,
  header: RequestHeader | undefined,
  media: MediaReference | undefined,
): Interactive {
  const { body } = interactive;
  if (interactive.type === 'location_request_message') return { type: 'location_request', body: body.text };
  const { footer } = interactive;
  const parts = {
    ...(header && { header: headerOf(header, media) }),
    body: body.text,
    ...(footer?.text ? { footer: footer.text } : {}),
  };
  switch (interactive.type) {
    case 'button':
      return {
        type: 'buttons',
        ...parts,
        buttons: interactive.action.buttons.map(({ reply: { id, title } }) => ({ type: 'reply', id, title })),
      };
    case 'cta_url': {
      const { display_text: title, url } = interactive.action.parameters;
      return { type: 'buttons', ...parts, buttons: [{ type: 'url', title, url }] };
    }
    case 'list':
      return { type: 'list', ...parts, button: interactive.action.button, sections: sectionsOf(interactive) };
  }
}

type Header = NonNullable<Extract<Interactive, { readonly type: 'buttons' }>['header']>;

function headerOf(header: RequestHeader, media: MediaReference | undefined): Header {
  if (header.type === 'text' || !media) return { type: 'text', text: header.type === 'text' ? header.text : '' };
  const { filename } = fileOf(header);
  return { type: header.type, media, ...(filename ? { filename } : {}) };
}

function sectionsOf({ action }: Extract<InteractiveRequest, { readonly type: 'list' }>) {
  return action.sections.map(({ title, rows }) => ({
    ...(title ? { title } : {}),
    rows: rows.map((row) => ({
      id: row.id,
      title: row.title,
      ...(row.description ? { description: row.description } : {}),
    })),
  }));
}
