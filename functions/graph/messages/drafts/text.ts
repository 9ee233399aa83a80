import type { MessageObject } from '#core/contracts/api/messages/request.ts';
import { firstLinkOf } from '#core/domain/first-link.ts';
import { GraphError } from '#core/domain/graph-error.ts';
import { parsePhoneNumber } from '#core/domain/phone-number.ts';
import type { Draft } from './draft.ts';

/** @throws GraphError 131009 for a mention that is no phone number, or that the body does not name */
export function draftText({ body, preview_url: preview, mentions }: MessageObject<'text'>): Draft {
  const phones = (mentions ?? []).map((written, index) => mentionOf(written, body, `text.mentions.${index}`));
  const named = phones.length > 0 ? { mentions: phones } : {};
  const content = { type: 'text', text: { body, previewUrl: preview ?? false, ...named } } as const;
  const link = preview ? firstLinkOf(body) : undefined;
  return link === undefined ? { content } : { content, previewOf: link };
}

function mentionOf(written: string, body: string, field: string): string {
  const phone = parsePhoneNumber(written);
  if (phone === undefined) throw new GraphError(131009, `${field}: must be a phone number with country code.`);
  if (body.includes(`@${phone}`)) return phone;
  throw new GraphError(131009, `${field}: text.body must name the person as @${phone}.`);
}
